import { backoffMs, type EndingAdvice, judgeClose } from "@lastbeat/core/client";
import { endReasons } from "@lastbeat/core/reasons";
import { createContext } from "svelte";
import type { AdminApi } from "./adminApi.ts";
import { errorData, errorText, type Link, type OpenLink } from "./link.ts";

/*
 *   checking ──no cookie──▶ signed_out
 *      │ cookie
 *      ▼          hello accepted
 *   connecting ──────────────────▶ open
 *      ▲                            │ socket closed
 *      └──── lost (back-off) ◀──────┤
 *                                   ├─ sign-in ended ─▶ signed_out
 *                                   └─ other terminal close code ─▶ ended
 */
export type ConnectionState =
  | { readonly type: "checking" }
  | { readonly type: "signed_out" }
  | { readonly type: "connecting"; readonly attempt: number }
  | { readonly type: "open" }
  | {
      readonly type: "lost";
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly cause: string;
      readonly lastTry: string | null;
    }
  | { readonly type: "ended"; readonly cause: string };

const BACKOFF = { baseMs: 500, capMs: 20_000 };

export interface ConnectionPorts {
  readonly openLink: OpenLink;
  readonly whoIsSignedIn: () => Promise<string | null>;
}

/** The page's one connection. `api` is set only while it is open. */
export class Connection {
  state = $state.raw<ConnectionState>({ type: "checking" });
  api = $state.raw<AdminApi | null>(null);
  admin = $state<string | null>(null);
  /** Whether the connection was ever open: from then on a loss greys figures instead of hiding them. */
  wasOpen = $state(false);

  readonly #ports: ConnectionPorts;
  #link: Link | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  /** Why the connection was lost; a try that fails later does not change that. Empty while it is open, and before it ever was. */
  #firstCause: string | null = null;
  /** What the server said before it closed the socket. */
  #advice: EndingAdvice | null = null;
  /** Counts tries, so that what an abandoned one still reports is ignored. */
  #generation = 0;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  /** Connects, now. Also ends a wait between two attempts. */
  async connect(): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    if (this.state.type !== "checking") this.state = { type: "connecting", attempt: this.#attempt };
    try {
      this.admin = await this.#ports.whoIsSignedIn();
    } catch {
      if (generation === this.#generation) this.#lost("the server cannot be reached");
      return;
    }
    if (generation !== this.#generation) return;
    if (this.admin === null) {
      this.state = { type: "signed_out" };
      return;
    }
    this.state = { type: "connecting", attempt: this.#attempt };
    this.#open(generation);
  }

  /** Gives the connection up as dead and tries again. */
  abandon(cause: string): void {
    this.#drop();
    this.#lost(cause);
  }

  stop(): void {
    this.#drop();
  }

  #open(generation: number): void {
    const link = this.#ports.openLink({
      onOpen: () => void this.#hello(link, generation),
      onClose: (code) => {
        if (generation === this.#generation) this.#closed(code);
      },
    });
    this.#link = link;
  }

  async #hello({ api }: Link, generation: number): Promise<void> {
    try {
      await api.session.open.mutate({ name: "operator", kind: "admin" });
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#drop();
      if (errorData(error).code === "UNAUTHORIZED") this.state = { type: "signed_out" };
      else this.#lost(errorText(error));
      return;
    }
    if (generation !== this.#generation) return;
    api.session.events.subscribe(undefined, {
      onData: (event) => {
        if (event.type === "ending") this.#advice = event;
        // A page that somebody can see is in use, even when nobody clicks: a wall display must not go idle.
        if (event.type === "idle_warning" && document.visibilityState === "visible") void api.session.stillHere.mutate();
      },
      onError: () => {},
    });
    this.#attempt = 0;
    this.#firstCause = null;
    this.api = api;
    this.wasOpen = true;
    this.state = { type: "open" };
  }

  #closed(code: number): void {
    const { reconnect, reason, retryAfterMs } = judgeClose(code, "", this.#advice);
    this.#drop();
    // The sign-in has ended: by signing out elsewhere, or it expired.
    if (reason === "unauthorized") {
      this.state = { type: "signed_out" };
      return;
    }
    const cause = reason === null ? "the connection was lost" : endReasons[reason].text.toLowerCase();
    if (reconnect) return this.#lost(cause, retryAfterMs);
    this.#firstCause = null;
    this.state = { type: "ended", cause: reason === null ? `the server closed it with code ${code}` : cause };
  }

  #lost(cause: string, askedMs: number | null = null): void {
    const delayMs = askedMs ?? backoffMs(this.#attempt, Math.random(), BACKOFF);
    this.#attempt += 1;
    if (this.wasOpen) this.#firstCause ??= cause;
    const first = this.#firstCause ?? cause;
    const lastTry = first === cause ? null : cause;
    this.state = { type: "lost", attempt: this.#attempt, retryAtMs: Date.now() + delayMs, cause: first, lastTry };
    this.#timer = setTimeout(() => void this.connect(), delayMs);
  }

  #drop(): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#link?.close();
    this.#link = null;
    this.#advice = null;
    this.api = null;
  }
}

export const [getConnection, setConnection] = createContext<Connection>();
