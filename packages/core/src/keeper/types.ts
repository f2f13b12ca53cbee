/** The keeper as its users see it: transports hand it connections, applications use its sessions, operators ask and command. */

import type { Disposer } from "../ports/clock.ts";
import type { MemoryLevel, RefusalCause, SessionEnd, SessionKind } from "../ports/ledger.ts";
import type { Peer, SessionSocket } from "../ports/socket.ts";
import type { EndReason } from "../protocol/endReason.ts";
import type { Welcome } from "../protocol/notice.ts";
import type { RecordedSilence, SettingsPreview } from "../rules/preview.ts";
import type { DeadlineExplanation } from "../rules/timeouts.ts";
import type { Settings } from "../settings/settings.ts";

/** What the application hangs on a session; optional where nothing is a value of its type. */
export type WithData<Data> = undefined extends Data ? { readonly data?: Data } : { readonly data: Data };

/** A first message from a client: who it is, and which session it takes up again, if any. */
export type Hello<Data = unknown> = WithData<Data> & {
  readonly user: string;
  readonly room?: string | null;
  /** Admin sessions are never evicted or counted against `maxSessions`; the transport vouches for the role. */
  readonly kind?: SessionKind;
  /** A session that is taken up again keeps its room and its data. */
  readonly resume?: { readonly sessionId: string; readonly token: string };
};

/** Why a connection or a hello was turned away, and what to tell the client. The keeper has closed the socket already. */
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

/** One socket as the keeper sees it. The transport reports what happens on it; late and repeated reports are harmless. */
export interface Connection<Data = unknown> {
  /** The session it serves; `null` before its hello was accepted and after it was replaced or closed. */
  readonly session: Session<Data> | null;
  /** Opens or resumes a session. Resolves after the opening is durable; never rejects. */
  hello(hello: Hello<Data>): Promise<HelloResult<Data>>;
  /**
   * An application frame of `bytes` arrived, whatever it says: it is a sign of life. `false` when the connection is closed or
   * has used up what it may send before its hello; ignore the frame then.
   */
  received(bytes: number): boolean;
  /** A protocol-level pong arrived. */
  ponged(): void;
  /** Application data was sent: checks what waits for a slow reader. */
  sent(): void;
  /** The client said goodbye. */
  goodbye(): void;
  /** The client broke the protocol in a way the transport found. Ends the session as `protocol_error`. */
  violated(detail: string): void;
  /** The client asked for what is not its to have, and the server wants it gone. Ends the session as `unauthorized`. */
  forbidden(detail: string): void;
  /** The socket closed or began to close, with the close code it saw (1006 for none). */
  closed(code: number, reason: string): void;
  /** The socket failed; `closed` may follow. */
  failed(error: Error): void;
}

/** A session as the application that embeds the keeper uses it. `Data` is what the application hangs on it. */
export interface Session<Data = unknown> {
  readonly id: string;
  readonly user: string;
  readonly kind: SessionKind;
  readonly peer: Peer;
  readonly openedAtMs: number;
  readonly state: "opening" | "active" | "suspended" | "ending" | "ended";
  /** Heartbeats missed in a row; above 0 it is suspect. */
  readonly misses: number;
  /** Its last sign of life and the last thing its user did, on the keeper's monotonic clock: to compare sessions by. */
  readonly seenMonoMs: number;
  readonly activeMonoMs: number;
  /** The latest round trip of a heartbeat; `null` before the first. */
  readonly lastRoundTripMs: number | null;
  /** What it is attached to now; `null` while suspended and after the end. */
  readonly socket: SessionSocket | null;
  room: string | null;
  /** The application's own: what its hello brought, or what was put here since. The keeper never looks at it. */
  data: Data;
  /** The user did something: moves the idle deadline. */
  touch(): void;
  /**
   * Makes the session own something that must be released when it ends; released in reverse order, 5 s each. On a session that
   * has ended already it is released at once. `bytes` is its declared size, used to rank victims under memory pressure.
   * @returns a disposer that gives the resource up without releasing it.
   */
  own(name: string, resource: Disposable | AsyncDisposable, options?: { readonly bytes?: number }): Disposer;
  /** Defers idleness until disposed: `using busy = session.busy("generating")`. */
  busy(label: string): Disposable;
  /**
   * Ends the session. The first end wins; resolves with it once it is durable and everything is released.
   * @throws {LastbeatError} `end_not_recorded` (rejects) when the ledger refused to record it for half a minute; the session is over all the same.
   */
  end(detail?: string): Promise<SessionEnd>;
  snapshot(): SessionSnapshot;
}

/** A session at one moment. Wall-clock times in epoch milliseconds. */
export interface SessionSnapshot {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: string;
  readonly room: string | null;
  readonly peer: Peer;
  readonly state: Session["state"];
  readonly suspect: boolean;
  readonly epoch: number;
  readonly openedAtMs: number;
  readonly lastSeenAtMs: number;
  readonly lastActiveAtMs: number;
  readonly misses: number;
  /** Latest beats, oldest first: a round-trip time in ms, `null` for a miss, -1 for a server pause. At most 32. */
  readonly beats: readonly (number | null)[];
  readonly busy: readonly string[];
  readonly declaredBytes: number;
  readonly resources: readonly string[];
}

export interface EndRequest {
  /** `unauthorized`: what allowed the session its role is no longer valid. */
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
  /** Longest time one turn of the timer held the event loop, milliseconds. The sweep and the releases run in slices of their own. */
  readonly longestTickMs: number;
}

/** What listeners are told. Called after the state has changed; a listener that throws is logged and harms nothing. */
export interface KeeperEvents<Data = unknown> {
  opened: { readonly session: Session };
  attached: { readonly session: Session<Data>; readonly resumed: boolean };
  suspect: { readonly session: Session<Data>; readonly miss: number };
  refuted: { readonly session: Session<Data>; readonly misses: number };
  suspended: { readonly session: Session<Data>; readonly reason: EndReason };
  /** Also of a session whose opening is still on the way to the ledger; it was not told as `opened`. */
  ending: { readonly session: Session<Data>; readonly reason: EndReason };
  /** Once its end is in the ledger; never of a session whose opening the ledger refused. */
  ended: { readonly session: Session<Data>; readonly end: SessionEnd };
  settings: { readonly settings: Settings; readonly revision: number };
  pause: { readonly pausedMs: number };
  memory: { readonly level: MemoryLevel };
}

export interface SessionKeeper<Data = unknown> {
  readonly settings: Settings;
  readonly settingsRevision: number;
  /**
   * Takes in a new socket, which must say hello before its deadline. `null` when it is refused; it has been told and closed.
   * `sessionId` asks for an id of the client's choice.
   */
  accept(socket: SessionSocket, peer: Peer, options?: { readonly sessionId?: string }): Connection<Data> | null;
  session(id: string): Session<Data> | undefined;
  sessions(): Iterable<Session<Data>>;
  /** Ends a session by command, as `Session.end` does; `undefined` when no such session is live. */
  end(id: string, request: EndRequest): Promise<SessionEnd> | undefined;
  /**
   * Puts other settings into force for every running session within one tick.
   * @throws {InvalidSettings} when they break a rule; nothing has changed then.
   */
  applySettings(settings: Settings, revision: { readonly revision: number; readonly author: string }): void;
  explain(id: string): DeadlineExplanation[] | undefined;
  /** What `settings` would do, over the live sessions, the silences seen since the start, and `silences` from earlier. */
  preview(settings: Settings, silences?: Iterable<RecordedSilence>): SettingsPreview;
  stats(): KeeperStats;
  on<E extends keyof KeeperEvents<Data>>(event: E, listener: (payload: KeeperEvents<Data>[E]) => void): Disposer;
  /** Ends every session as `server_shutdown`, waits until all ends are durable, stops every timer. Idempotent. */
  close(): Promise<void>;
}
