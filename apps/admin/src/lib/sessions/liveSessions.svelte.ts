import type { LiveSession } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/link.ts";
import { poll } from "../poll.ts";
import { filterToQuery, type SessionFilter } from "./sessionFilter.ts";

/** The live sessions that match a filter, asked for once a second. */
export class LiveSessions {
  /** `null` until the first answer. */
  rows = $state.raw<readonly LiveSession[] | null>(null);
  total = $state(0);
  error = $state<string | null>(null);

  follow(api: AdminApi, filter: SessionFilter): () => void {
    let stopped = false;
    const stop = poll(1_000, async () => {
      try {
        const { rows, total } = await api.sessions.list.query(filterToQuery(filter));
        if (stopped) return;
        this.rows = rows;
        this.total = total;
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
