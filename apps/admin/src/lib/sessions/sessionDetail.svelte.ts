import type { SessionDetail } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorData, errorText } from "../api/errors.ts";
import { poll } from "../poll.ts";

/** One session, asked for once a second while it lives. */
export class SessionView {
  detail = $state.raw<SessionDetail | null>(null);
  unknown = $state(false);
  error = $state<string | null>(null);
  /** When `detail` arrived, by `performance.now()`: deadlines count down from there. */
  arrivedAt = 0;

  follow(api: AdminApi, id: string): () => void {
    let stopped = false;
    const stop = poll(1_000, async () => {
      // An end is final, so there is nothing more to ask for.
      if (this.detail?.end) return;
      try {
        const detail = await api.sessions.get.query({ id });
        if (stopped) return;
        this.detail = detail;
        this.arrivedAt = performance.now();
        this.error = null;
        this.unknown = false;
      } catch (error) {
        if (stopped) return;
        if (errorData(error).code === "NOT_FOUND") this.unknown = true;
        else this.error = errorText(error);
      }
    });
    return () => {
      stopped = true;
      stop();
    };
  }
}
