import type { EndView, Overview } from "@lastbeat/api";
import { createContext } from "svelte";
import type { AdminApi } from "./api/adminApi.ts";
import type { Connection } from "./api/connection.svelte.ts";
import type { ServerClock } from "./clock.svelte.ts";

/** the overview feed comes once a second; figures older than this are shown as stale. */
const LATE_MS = 3_500;
/** After so long a silence the connection is dead, whatever the socket says. */
const DEAD_MS = 10_000;

/** The server's figures, once a second, and the last sessions that ended. */
export class OverviewFeed {
  overview = $state.raw<Overview | null>(null);
  lastEnds = $state.raw<readonly EndView[]>([]);
  late = $state(false);

  readonly #connection: Connection;
  readonly #clock: ServerClock;
  #lateTimer: ReturnType<typeof setTimeout> | undefined;
  #deadTimer: ReturnType<typeof setTimeout> | undefined;

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
    const subscription = api.system.overviewFeed.subscribe(undefined, {
      onData: ({ overview, lastEnds }) => {
        this.overview = overview;
        this.lastEnds = lastEnds;
        this.#clock.adjust(overview.atMs);
        this.#arm();
      },
      onError: ({ message }) => this.#connection.abandon(message),
    });
    return () => {
      this.#disarm();
      subscription.unsubscribe();
    };
  }

  #arm(): void {
    this.#disarm();
    this.late = false;
    this.#lateTimer = setTimeout(() => {
      this.late = true;
    }, LATE_MS);
    this.#deadTimer = setTimeout(() => this.#connection.abandon("the server has been silent for 10 s"), DEAD_MS);
  }

  #disarm(): void {
    clearTimeout(this.#lateTimer);
    clearTimeout(this.#deadTimer);
  }
}

export const [getOverviewFeed, setOverviewFeed] = createContext<OverviewFeed>();
