/** The user's session as the page shows it: the connection's state, its heartbeats, its terms, and what the server warns of. */
import type { PushEvent } from "@lastbeat/api";
import type { HeartbeatTerms, IdleTerms } from "@lastbeat/core";
import {
  type BeatLog,
  beatAnswered,
  beatMissed,
  beatSeen,
  type Connection,
  type ConnectionState,
  createConnection,
  createResumeStore,
  emptyBeatLog,
} from "@lastbeat/core/client";
import { browserClock } from "./browserClock.ts";
import { watchNetwork } from "./networkHints.ts";
import { type Api, trpcDial } from "./trpcDial.ts";

export interface ChatSessionOptions {
  readonly name: string;
  readonly room: string;
  /** The session is open, at first and after each reconnect. */
  readonly opened: (api: Api) => void;
  readonly pushed: (event: PushEvent) => void;
  /** That connection is gone; `api` must not be called any more, or the stock client would open it again. */
  readonly lost: () => void;
}

const GOODBYE_TIMEOUT_MS = 2_000;

export class ChatSession {
  state = $state.raw<ConnectionState>({ name: "idle" });
  beats = $state.raw<BeatLog>(emptyBeatLog);
  sessionId = $state<string | null>(null);
  heartbeat = $state.raw<HeartbeatTerms | null>(null);
  idle = $state.raw<IdleTerms | null>(null);
  /** When the session will end for want of activity, on `performance.now()`'s clock; `null` when nothing threatens. */
  idleEndsAtMs = $state<number | null>(null);

  readonly #options: ChatSessionOptions;
  readonly #connection: Connection;
  readonly #resume = createResumeStore(openSessionStorage(), "lastbeat.resume");
  readonly #stopWatching: () => void;
  #api: Api | null = null;
  #keepsTicket = false;

  constructor(options: ChatSessionOptions) {
    this.#options = options;
    const { name, room } = options;
    this.#connection = createConnection({
      clock: browserClock,
      random: Math.random,
      ticket: this.#resume.take(),
      onState: (state) => this.#changed(state),
      dial: trpcDial({
        url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/trpc`,
        hello: { name, room },
        welcomed: (api, reply) => {
          this.#api = api;
          this.sessionId = reply.sessionId;
          this.heartbeat = reply.heartbeat;
          this.idle = reply.idle;
          this.#keepsTicket = reply.resumeGraceMs > 0;
          options.opened(api);
        },
        pushed: (event) => this.#pushed(event),
        beat: (frame) => {
          const nowMs = browserClock.nowMs();
          this.beats = frame === "PING" ? beatSeen(this.beats, nowMs) : beatAnswered(this.beats, nowMs);
        },
        lost: () => this.#lost(),
      }),
    });
    this.#stopWatching = watchNetwork((online) => this.#connection.hint(online));
    window.addEventListener("pagehide", this.#hidden);
  }

  /** Calls of this connection; `null` while there is none. */
  get api(): Api | null {
    return this.#api;
  }

  /** Connects now: at first, instead of waiting, or again after an end. */
  start(): void {
    this.#connection.start();
  }

  /** The user is still there. */
  stillHere(): void {
    this.#api?.session.stillHere.mutate().then(
      () => {
        this.idleEndsAtMs = null;
      },
      // The connection is gone, and with it the warning.
      () => {},
    );
  }

  /** Says goodbye, so that the others see it at once and the ledger says who left. Resolves when it was heard, or in 2 s. */
  async leave(): Promise<void> {
    const goodbye = this.#api?.session.goodbye.mutate().catch(() => {});
    await Promise.race([goodbye, new Promise((resolve) => setTimeout(resolve, GOODBYE_TIMEOUT_MS))]);
    this.dispose();
  }

  dispose(): void {
    this.#stopWatching();
    window.removeEventListener("pagehide", this.#hidden);
    this.#connection.leave();
  }

  #changed(state: ConnectionState): void {
    if (state.name === "checking" && state.why === "silence") this.beats = beatMissed(this.beats);
    this.state = state;
  }

  #pushed(event: PushEvent): void {
    if (event.type === "terms") {
      this.heartbeat = event.heartbeat;
      this.idle = event.idle;
    }
    if (event.type === "idle_warning") this.idleEndsAtMs = browserClock.nowMs() + event.endsInMs;
    if (event.type === "idle_cleared") this.idleEndsAtMs = null;
    this.#options.pushed(event);
  }

  #lost(): void {
    this.#api = null;
    this.idleEndsAtMs = null;
    if (this.beats.measuringSinceMs !== null) this.beats = beatMissed(this.beats);
    this.#options.lost();
  }

  // Where the server keeps no lost sessions, the ticket would only be refused after a reload.
  readonly #hidden = () => {
    const { ticket } = this.#connection;
    if (ticket !== null && this.#keepsTicket) this.#resume.put(ticket);
  };
}

function openSessionStorage() {
  return {
    getItem: (key: string) => sessionStorage.getItem(key),
    setItem: (key: string, value: string) => sessionStorage.setItem(key, value),
    removeItem: (key: string) => sessionStorage.removeItem(key),
  };
}
