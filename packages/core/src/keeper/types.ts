/** The keeper's public types, for transports, embedding applications and operator tools. */

import type { Disposer } from "../ports/clock.ts";
import type { MemoryLevel, RefusalCause, SessionEnd, SessionKind } from "../ports/ledger.ts";
import type { Peer, SessionSocket } from "../ports/socket.ts";
import type { Beats } from "../protocol/beats.ts";
import type { EndReason } from "../protocol/endReason.ts";
import type { Welcome } from "../protocol/notice.ts";
import type { RecordedSilence, SettingsPreview } from "../rules/preview.ts";
import type { DeadlineExplanation } from "../rules/timeouts.ts";
import type { Settings } from "../settings/settings.ts";
import type { KeeperTotals } from "./totals.ts";

/** The application's data on a session; optional if its type admits `undefined`. */
export type WithData<Data> = undefined extends Data ? { readonly data?: Data } : { readonly data: Data };

/** A client's first message: who it is, and which session it resumes, if any. */
export type Hello<Data = unknown> = WithData<Data> & {
  /** The user's name. */
  readonly user: string;
  /** Whom the application knows the user as; several sessions, under any names, may be one user's. The keeper only records it. */
  readonly userId?: string | null | undefined;
  readonly room?: string | null;
  /** Admin sessions are never evicted or counted against `maxSessions`. The transport must have checked the role. */
  readonly kind?: SessionKind;
  /** Whether its client sends heartbeats by a timer of its own (rule HB10). Default: `server`. */
  readonly beats?: Beats | undefined;
  /** A resumed session keeps its room and data. */
  readonly resume?: { readonly sessionId: string; readonly token: string };
};

/** Why a connection or hello was refused, and what the client was told. The keeper has already closed the socket. */
export interface Refusal {
  readonly cause: RefusalCause;
  readonly reason: EndReason;
  readonly closeCode: number;
  readonly detail: string;
  readonly retryAfterMs: number;
}

export type HelloResult<Data = unknown> =
  | { readonly accepted: true; readonly session: Session<Data>; readonly welcome: Welcome }
  | { readonly accepted: false; readonly refusal: Refusal };

/** One socket as the keeper sees it. The transport reports what happens on it; late and repeated reports have no effect. */
export interface Connection<Data = unknown> {
  /** The session it serves; `null` until its hello is accepted, and after it is replaced or closed. */
  readonly session: Session<Data> | null;
  /** Where it comes from; `null` after it is replaced or closed. */
  readonly peer: Peer | null;
  /** Opens or resumes a session. Resolves after the opening is durable; never rejects. */
  hello(hello: Hello<Data>): Promise<HelloResult<Data>>;
  /**
   * An application frame of `bytes` arrived; any frame is a sign of life. `false` when the connection is closed or has exceeded
   * what it may send before its hello; ignore the frame then.
   */
  received(bytes: number): boolean;
  /** A protocol-level pong arrived. */
  ponged(): void;
  /** Application data was sent. Checks the send buffer for a slow reader. */
  sent(): void;
  /** The client said goodbye. */
  goodbye(): void;
  /** The transport detected a protocol violation. Ends the session as `protocol_error`. */
  violated(detail: string): void;
  /** The client requested something it is not allowed to have. Ends the session as `unauthorized`. */
  forbidden(detail: string): void;
  /**
   * Who the client is, is being asked of somebody else. Before its hello only: when too many connections wait, those that say nothing give
   * way first. It has no effect on the hello's deadline.
   */
  identifying(): void;
  /** Who the client is cannot be established now. Before its hello only: refuses the connection, which may try again later. */
  unidentified(detail: string): void;
  /** The socket closed or began to close, with the received close code (1006 for none). */
  closed(code: number, reason: string): void;
  /** The socket failed; `closed` may follow. */
  failed(error: Error): void;
}

/** A session, for the embedding application. `Data` is the type of the application's data on it. */
export interface Session<Data = unknown> {
  readonly id: string;
  readonly user: string;
  /** From the hello; `null` if it had none. */
  readonly userId: string | null;
  readonly kind: SessionKind;
  readonly peer: Peer;
  readonly openedAtMs: number;
  readonly state: "opening" | "active" | "suspended" | "ending" | "ended";
  /** Consecutive missed heartbeats; above 0, the session is suspect. */
  readonly misses: number;
  /** Its last sign of life and last user activity, on the keeper's monotonic clock; for comparing sessions. */
  readonly seenMonoMs: number;
  readonly activeMonoMs: number;
  /** The latest round trip of a heartbeat; `null` before the first. */
  readonly lastRoundTripMs: number | null;
  /** Its current socket; `null` while suspended and after the end. */
  readonly socket: SessionSocket | null;
  room: string | null;
  /** The application's data, from the hello or assigned since. The keeper never reads it. */
  data: Data;
  /** Records user activity, which moves the idle deadline. */
  touch(): void;
  /**
   * Makes the session own a resource, which is released when the session ends: in reverse order, within 5 s each. On a session
   * that has already ended it is released at once. `bytes` is its declared size, which ranks victims under memory pressure.
   * @returns a disposer that takes the resource back without releasing it.
   */
  own(name: string, resource: Disposable | AsyncDisposable, options?: { readonly bytes?: number }): Disposer;
  /** Defers idleness until disposed: `using busy = session.busy("generating")`. */
  busy(label: string): Disposable;
  /**
   * Ends the session. The first end wins; resolves with it once it is durable and everything is released.
   * @throws {LastbeatError} `end_not_recorded` (rejects) when the ledger refused to record it for half a minute; the session has
   * ended nevertheless.
   */
  end(detail?: string): Promise<SessionEnd>;
  snapshot(): SessionSnapshot;
}

/** A session at one moment. Wall-clock times in epoch milliseconds. */
export interface SessionSnapshot {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: string;
  readonly userId: string | null;
  readonly room: string | null;
  readonly peer: Peer;
  readonly state: Session["state"];
  readonly suspect: boolean;
  readonly epoch: number;
  readonly openedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly lastActiveAtMs: number;
  readonly misses: number;
  /** Latest beats, oldest first: a round-trip time in ms, `null` for a miss, -1 for a server pause, -2 for one of the client's own.
   * At most 32. */
  readonly beats: readonly (number | null)[];
  readonly busy: readonly string[];
  readonly declaredBytes: number;
  readonly resources: readonly string[];
}

export interface EndRequest {
  /** `unauthorized`: the credentials behind the session's role are no longer valid. */
  readonly reason: "ended_by_operator" | "ended_by_application" | "unauthorized";
  readonly operator?: string;
  readonly note?: string;
  readonly detail?: string;
}

export interface KeeperStats {
  readonly opening: number;
  readonly active: number;
  readonly suspect: number;
  readonly suspended: number;
  readonly ending: number;
  /** Those of the above, without suspects, that are of kind `admin`. */
  readonly admins: Readonly<Record<"opening" | "active" | "suspended" | "ending", number>>;
  /** Connections whose hello has not come or is being recorded; `opening` includes them. */
  readonly waitingForHello: number;
  readonly memory: { readonly level: MemoryLevel; readonly usedBytes: number; readonly limitBytes: number };
  readonly pauses: {
    readonly count: number;
    readonly totalMs: number;
    readonly longestMs: number;
    readonly lastAtMs: number | null;
  };
  readonly refusals: Readonly<Partial<Record<RefusalCause, number>>>;
  /** Ends by heartbeat whose client came back within 60 s. */
  readonly falsePositives: number;
  readonly heartbeatsSent: number;
  readonly totals: Readonly<KeeperTotals>;
  /**
   * The longest that one run of the timer blocked the event loop, milliseconds. The sweep and releases run in separate slices.
   */
  readonly longestTickMs: number;
}

/** The keeper's events. Listeners are called after the state has changed; one that throws is logged and affects nothing else. */
export interface KeeperEvents<Data = unknown> {
  opened: { readonly session: Session<Data> };
  attached: { readonly session: Session<Data>; readonly resumed: boolean };
  suspect: { readonly session: Session<Data>; readonly miss: number };
  refuted: { readonly session: Session<Data>; readonly misses: number };
  suspended: { readonly session: Session<Data>; readonly reason: EndReason };
  /** Also emitted for a session whose opening is still being recorded, for which there was no `opened`. */
  ending: { readonly session: Session<Data>; readonly reason: EndReason };
  /** Emitted once the end is in the ledger; never for a session whose opening the ledger refused. */
  ended: { readonly session: Session<Data>; readonly end: SessionEnd };
  settings: { readonly settings: Settings; readonly revision: number };
  pause: { readonly pausedMs: number };
  memory: { readonly level: MemoryLevel };
}

export interface SessionKeeper<Data = unknown> {
  readonly settings: Settings;
  readonly settingsRevision: number;
  /**
   * Accepts a new socket, whose hello must arrive before its deadline. `null` when it is refused; it is then notified and closed.
   * `sessionId` requests an id chosen by the client.
   */
  accept(socket: SessionSocket, peer: Peer, options?: { readonly sessionId?: string }): Connection<Data> | null;
  session(id: string): Session<Data> | undefined;
  sessions(): Iterable<Session<Data>>;
  /** Ends a session on request, as `Session.end` does; `undefined` when there is no live session with this id. */
  end(id: string, request: EndRequest): Promise<SessionEnd> | undefined;
  /**
   * Applies new settings to every running session within one tick.
   * @throws {InvalidSettings} when they break a rule; nothing is changed then.
   */
  applySettings(settings: Settings, revision: { readonly revision: number; readonly author: string }): void;
  explain(id: string): DeadlineExplanation[] | undefined;
  /** Previews `settings` over the live sessions, the silences since the start, and the earlier `silences` given. */
  preview(settings: Settings, silences?: Iterable<RecordedSilence>): SettingsPreview;
  stats(): KeeperStats;
  on<E extends keyof KeeperEvents<Data>>(event: E, listener: (payload: KeeperEvents<Data>[E]) => void): Disposer;
  /** Ends every session as `server_shutdown`, waits until all ends are durable, and stops every timer. Idempotent. */
  close(): Promise<void>;
}
