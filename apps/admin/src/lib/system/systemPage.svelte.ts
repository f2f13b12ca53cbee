import type { SystemView } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { pollAnswers } from "../poll.ts";

const EVERY_MS = 5_000;

/** The server itself, asked for every few seconds while somebody looks. */
export class SystemState {
  view = $state.raw<SystemView | null>(null);
  error = $state<string | null>(null);

  follow(api: AdminApi): () => void {
    return pollAnswers({
      everyMs: EVERY_MS,
      ask: () => api.system.view.query(),
      onAnswer: (view) => {
        this.view = view;
        this.error = null;
      },
      onError: (error) => {
        this.error = errorText(error);
      },
    });
  }
}
