/** The user's session as the page shows it: the connection's state, its heartbeats, its terms, and what the server warns of. */
import type { PushEvent } from "@lastbeat/api";
import type { HeartbeatTerms, IdleTerms } from "@lastbeat/core";
import {
  type BeatLog,
  beatAnswered,
  beatMissed,
  beatPaused,
  beatSeen,
  type ClientConnection,
  type ConnectionState,
  createClientConnection,
  createResumeStore,
  emptyBeatLog,
  type Loss,
} from "@lastbeat/core/client";
import { browserClock } from "@lastbeat/web/browserClock";
import { watchNetwork } from "@lastbeat/web/networkHints";
import { type Api, trpcDial, trpcUrl } from "@lastbeat/web/trpcDial";
import { basePath } from "../basePath.ts";
import { Lab } from "./lab.svelte.ts";
import { nameInToken, userToken } from "./userToken.ts";

export interface ChatSessionOptions {
  readonly name: string;
  readonly room: string;
  readonly browser: string;
  /** The session is open, at first and after each reconnect. */
  readonly opened: (api: Api) => void;
  readonly pushed: (event: PushEvent) => void;
  /** The connection is closed. `api` must not be called any more, or the stock client would reopen it. */
  readonly lost: () => void;
}

const GOODBYE_TIMEOUT_MS = 2_000;

export class ChatSession {
  state = $state.raw<ConnectionState>({ name: "idle" });
  beats = $state.raw<BeatLog>(emptyBeatLog);
  /** Why the latest connection, or attempt at one, failed; `null` once connected. */
  loss = $state.raw<Loss | null>(null);
  /** What the server said when it refused the latest hello; `null` if it did not. */
  refusal = $state<string | null>(null);
  sessionId = $state<string | null>(null);
  heartbeat = $state.raw<HeartbeatTerms | null>(null);
  idle = $state.raw<IdleTerms | null>(null);
  /** When the session will end for want of activity, on `performance.now()`'s clock; `null` when nothing threatens. */
  idleEndsAtMs = $state<number | null>(null);
  /** Whether the server offers the connection lab. */
  labOpen = $state(false);
  readonly lab = new Lab();

  readonly #options: ChatSessionOptions;
  readonly #connection: ClientConnection;
  readonly #resume = createResumeStore(openSessionStorage(), "lastbeat.resume");
  readonly #stopWatching: () => void;
  #api: Api | null = null;
  #keepsTicket = false;

  constructor(options: ChatSessionOptions) {
    this.#options = options;
    const { name, room, browser } = options;
    this.#connection = createClientConnection({
      clock: browserClock,
      random: Math.random,
      ticket: this.#resume.take(),
      onState: (state) => this.#changed(state),
      dial: trpcDial({
        url: trpcUrl(basePath()),
        hello: { name, room, browser },
        ...(nameInToken() !== null && { token: userToken }),
        refused: (message) => {
          this.refusal = message;
        },
        welcomed: (api, reply) => {
          this.refusal = null;
          this.#api = api;
          this.sessionId = reply.sessionId;
          this.heartbeat = reply.heartbeat;
          this.idle = reply.idle;
          this.labOpen = reply.lab;
          this.#keepsTicket = reply.resumeGraceMs > 0;
          options.opened(api);
        },
        pushed: (event) => this.#pushed(event),
        beat: (frame) => {
          const nowMs = browserClock.nowMs();
          this.beats = frame === "PING" ? beatSeen(this.beats, nowMs) : beatAnswered(this.beats, nowMs);
        },
        lost: () => this.#lost(),
        gate: this.lab,
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
    this.refusal = null;
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

  /** For the lab: the server drops this connection as a broken network would, without a close frame. */
  drop(): void {
    this.#api?.lab.drop.mutate().catch(() => {});
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
    this.lab.reset();
  }

  #changed(state: ConnectionState): void {
    if (state.name === "checking" && state.why === "silence") this.beats = beatMissed(this.beats);
    if (state.name === "checking" && state.why === "pause") this.beats = beatPaused(this.beats);
    if (state.name === "connected") this.loss = null;
    else if (state.name === "waiting" || state.name === "ended") this.loss = state.loss;
    this.state = state;
  }

  #pushed(event: PushEvent): void {
    if (event.type === "terms") {
      this.heartbeat = event.heartbeat;
      this.idle = event.idle;
    }
    if (event.type === "idle_warning") this.idleEndsAtMs = browserClock.nowMs() + event.endsInMs;
    if (event.type === "token_expiring") void this.#renew();
    if (event.type === "idle_cleared") this.idleEndsAtMs = null;
    if (event.type === "paused") this.beats = beatPaused(this.beats);
    this.#options.pushed(event);
  }

  /** If it fails, the next hello brings a fresh token, or the server says why it does not do. */
  async #renew(): Promise<void> {
    try {
      const token = await userToken();
      if (token !== null) await this.#api?.session.renew.mutate({ token });
    } catch {
      // See above.
    }
  }

  #lost(): void {
    this.#api = null;
    this.idleEndsAtMs = null;
    this.lab.reset();
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
