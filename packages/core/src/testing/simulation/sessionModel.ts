/** The simulation's model of one session, built from its own actions; the keeper is compared with it. */
import type { Connection } from "../../keeper/types.ts";
import type { MemoryLevel, SessionKind } from "../../ports/ledger.ts";
import type { SessionSocket } from "../../ports/socket.ts";
import type { EndReason } from "../../protocol/endReason.ts";
import type { Settings } from "../../settings/settings.ts";
import type { SimulatedResource } from "./simulatedResource.ts";

/** The circumstances of a verdict on a session. */
export interface VerdictMoment {
  readonly observedMs: number;
  readonly monoMs: number;
  readonly wallMs: number;
  readonly settings: Settings;
  readonly revision: number;
  readonly memoryLevel: MemoryLevel;
  readonly sampledBytes: number;
  readonly pauses: number;
  readonly pausedMs: number;
}

/** A moment on the monotonic clock, as precisely as a keeper that reads the clock once per tick can know it. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * `frozen`: the page or process is suspended but its transport answers pings; `cut`: nothing passes in either direction and
 * neither end notices; `unread`: the client's process is stopped, so data sent to it piles up.
 */
export type WireCondition = "well" | "frozen" | "cut" | "unread";

/** A heartbeat that was sent, as judged by the oracle. */
export interface SentBeat {
  /** From when it is judged. */
  readonly sentMs: number;
  readonly sentMonoMs: number;
  readonly limitMs: number;
  readonly pauses: number;
  /** When it was answered, in observed time; `null` while it is not. */
  answeredMs: number | null;
  /** Whether it counted as a miss. */
  missed: boolean;
}

/** Proof that a session belongs to its client. */
export interface Claim {
  readonly sessionId: string;
  readonly token: string;
}

/** The facts about a connection that the checks need. */
export interface WireFacts extends SessionSocket {
  readonly client: { readonly wayMs: number; claim: Claim | null };
  readonly address: string;
  /** Not set if the keeper refused the socket. */
  readonly connection: Connection;
  isRefused: boolean;
  /** The session that it serves or served. */
  model: SessionModel;
  readonly condition: WireCondition;
  /** Whether something excuses missing heartbeats until the next sign of life. */
  ill: boolean;
  /** Probability that an answer is lost within the client's process. */
  readonly lossRate: number;
  /** If set, every send throws it. */
  readonly broken: Error | null;
  /** Bytes buffered for the client. */
  readonly waiting: number;
  /** The code of the server's close frame; 0 before that. */
  readonly sentCode: number;
  /** Its client sends heartbeats by a timer of its own. */
  readonly driven: boolean;
  beat: SentBeat | null;
  /** When something was last sent, observed milliseconds. */
  readonly sentMs: number;
  /** Beats sent in place of one that a pause excused, since the latest sign of life. */
  renewals: number;
  /** Whether the transport answered a ping since the first miss. */
  transportAnswered: boolean;
  readonly closedByServer: boolean;
  /** Whether the keeper knows that the socket is gone. */
  gone: boolean;
  /** Its client learns that its hello was accepted. */
  welcomed(intervalMs: number): void;
}

/**
 * `connecting`: waiting for its hello; `recording`: its opening is being recorded; `over`: ended, or refused before it became a
 * session.
 */
export type ModelPhase = "connecting" | "recording" | "open" | "suspended" | "ending" | "over";

/** How many of the latest beats are kept; rule HB2. */
const BEATS_KEPT = 32;

const NEVER: Moment = { fromMs: 0, toMs: 0 };

const NO_REASONS: readonly EndReason[] = [];

/** Times in observed milliseconds. */
export class SessionModel {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: string;
  /** The absolute deadline for its hello. */
  readonly helloByMs: number;
  phase: ModelPhase = "connecting";
  /** The current connection. */
  wire: WireFacts;
  /** It asked for the id of a session that is over, so the ledger will refuse it. */
  hasUsedId = false;
  /** Whether `opened` was emitted. */
  isOpened = false;
  attachedMs = 0;
  openedMs = 0;
  /** Latest application frame on the current connection. */
  lifeMs = 0;
  /** The server's pause count at that time. */
  pausesAtLife = 0;
  /** The count of late ticks at that time. */
  lateTicksAtLife = 0;
  /** `lifeMs` on the monotonic clock. */
  lifeAt = NEVER;
  activeMs = 0;
  activeAt = NEVER;
  /** The latest round trips, oldest first; -1 for a miss and -2 for a pause. */
  readonly beats: number[] = [];
  /** A client of it has sent heartbeats by a timer of its own. */
  wasDriven = false;
  busy = 0;
  /** When the idle warning in force was given (-1 for none), and the time it promised. */
  warnedMs = -1;
  promisedMs = 0;
  misses = 0;
  /** Its misses when it was suspended or ended. */
  lastMisses = 0;
  /** The code of the client's close frame that ended or suspended it. */
  receivedCode: number | null = null;
  pausesAtOpening = 0;
  pausedMsAtOpening = 0;
  /** The circumstances when it was suspended for the loss it may end for, and when it ended. */
  lossVerdict: VerdictMoment | null = null;
  endingVerdict: VerdictMoment | null = null;
  /** Whether the application ended it, perhaps from within a listener. */
  asked = false;
  /** When the ledger last refused its end. */
  refusedMs = Number.NEGATIVE_INFINITY;
  suspendedMs = 0;
  /** When it was last resumed from a suspension; minus infinity for never. */
  resumedMs = Number.NEGATIVE_INFINITY;
  graceMs = 0;
  /** Why it was suspended; `null` unless it is suspended, or was when its end began. */
  lossReason: EndReason | null = null;
  endingMs = 0;
  endReason: EndReason | null = null;
  /** The one token that resumes the session. */
  token: string | null = null;
  /** The end reasons that the current action would justify. */
  justified: readonly EndReason[] = NO_REASONS;
  readonly resources: SimulatedResource[] = [];

  constructor(facts: { id: string; kind: SessionKind; user: string; nowMs: number; helloTimeoutMs: number; wire: WireFacts }) {
    this.id = facts.id;
    this.kind = facts.kind;
    this.user = facts.user;
    this.helloByMs = facts.nowMs + facts.helloTimeoutMs;
    this.wire = facts.wire;
  }

  /** Whether it counts against the capacity. */
  get takesPlace(): boolean {
    return this.kind === "user" && (this.phase === "recording" || this.phase === "open" || this.phase === "suspended");
  }

  /** Performs an action that would justify its end for one of these reasons. */
  during(reasons: readonly EndReason[], act: () => void): void {
    this.justified = reasons;
    act();
    this.justified = NO_REASONS;
  }

  keepBeat(beat: number): void {
    this.beats.push(beat);
    if (this.beats.length > BEATS_KEPT) this.beats.shift();
  }

  /** Its resources, except those given up. */
  owned(): SimulatedResource[] {
    return this.resources.filter(({ givenUp }) => !givenUp);
  }
}
