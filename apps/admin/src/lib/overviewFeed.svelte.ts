import type { EndView, Overview } from "@lastbeat/api";
import { createContext } from "svelte";
import type { AdminApi } from "./api/adminApi.ts";
import type { Connection } from "./api/connection.svelte.ts";
import type { ServerClock } from "./clock.svelte.ts";

/** Figures come once per second; older ones are shown as stale. */
const LATE_MS = 3_500;
/** After so long without figures the connection is in doubt. */
const DOUBT_MS = 10_000;
/** When the feed is asked for again after the server has refused it. */
const AGAIN_MS = 3_000;

/** The server's figures, once per second, and the last sessions that ended. */
export class OverviewFeed {
  overview = $state.raw<Overview | null>(null);
  lastEnds = $state.raw<readonly EndView[]>([]);
  late = $state(false);

  readonly #connection: Connection;
  readonly #clock: ServerClock;
  #lateTimer: ReturnType<typeof setTimeout> | undefined;
  #doubtTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, clock: ServerClock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Whether what is shown may no longer be so. */
  get stale(): boolean {
    return this.late || this.#connection.state.type !== "open";
  }

  /** Listens until the returned function is called. */
  follow(api: AdminApi): () => void {
    this.#arm();
    let again: ReturnType<typeof setTimeout> | undefined;
    const subscribe = () =>
      api.system.overviewFeed.subscribe(undefined, {
        onData: ({ overview, lastEnds }) => {
          this.overview = overview;
          this.lastEnds = lastEnds;
          this.#clock.adjust(overview.atMs);
          this.#arm();
        },
        onError: () => {
          clearTimeout(again);
          again = setTimeout(() => {
            subscription = subscribe();
          }, AGAIN_MS);
        },
      });
    let subscription = subscribe();
    return () => {
      this.#disarm();
      clearTimeout(again);
      subscription.unsubscribe();
    };
  }

  #arm(): void {
    this.#disarm();
    this.late = false;
    this.#lateTimer = setTimeout(() => {
      this.late = true;
    }, LATE_MS);
    this.#doubtTimer = setTimeout(() => this.#connection.doubt(), DOUBT_MS);
  }

  #disarm(): void {
    clearTimeout(this.#lateTimer);
    clearTimeout(this.#doubtTimer);
  }
}

export const [getOverviewFeed, setOverviewFeed] = createContext<OverviewFeed>();
