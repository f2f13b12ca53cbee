import type { SystemView } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { poll } from "../poll.ts";

const EVERY_MS = 5_000;

/** The server itself, asked for every few seconds while somebody looks. */
export class SystemState {
  view = $state.raw<SystemView | null>(null);
  error = $state<string | null>(null);

  follow(api: AdminApi): () => void {
    let stopped = false;
    const stop = poll(EVERY_MS, async () => {
      try {
        const view = await api.system.view.query();
        if (stopped) return;
        this.view = view;
        this.error = null;
      } catch (error) {
        if (!stopped) this.error = errorText(error);
      }
    });
    return () => {
      stopped = true;
      stop();
    };
  }
}
