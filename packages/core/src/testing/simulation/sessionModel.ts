/** What the simulation knows about one session from what it did itself: the witness the keeper is compared with. */
import type { Connection } from "../../keeper/types.ts";
import type { MemoryLevel, SessionKind } from "../../ports/ledger.ts";
import type { SessionSocket } from "../../ports/socket.ts";
import type { EndReason } from "../../protocol/endReason.ts";
import type { Settings } from "../../settings/settings.ts";
import type { SimulatedResource } from "./simulatedResource.ts";

/** What was so when the verdict on a session was given. */
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

/** A moment on the monotonic clock, as exactly as a keeper knows it that reads the clock once per tick. */
export interface Moment {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * `frozen`: the page or process stands still, its transport answers pings; `cut`: nothing passes in either direction and neither
 * end is told; `unread`: the client's process is stopped, so what is sent to it piles up.
 */
export type WireCondition = "well" | "frozen" | "cut" | "unread";

/** A heartbeat that was sent, as the oracle judges it. */
export interface SentBeat {
  readonly sentMs: number;
  readonly sentMonoMs: number;
  readonly limitMs: number;
  readonly pauses: number;
  /** When it was answered, in observed time; `null` while it is not. */
  answeredMs: number | null;
  /** It counted as a miss. */
  missed: boolean;
}

/** Proof that a session is its client's. */
export interface Claim {
  readonly sessionId: string;
  readonly token: string;
}

/** What the judges look at of a connection. */
export interface WireFacts extends SessionSocket {
  readonly client: { readonly wayMs: number; claim: Claim | null };
  readonly address: string;
  /** Never set when the keeper refused the socket. */
  readonly connection: Connection;
  isRefused: boolean;
  /** The session it is in charge of, or was. */
  model: SessionModel;
  readonly condition: WireCondition;
  /** Something happened to it that excuses missing heartbeats, until the next sign of life. */
  ill: boolean;
  /** Probability that an answer gets lost in the client's own process. */
  readonly lossRate: number;
  /** When set, every send throws it. */
  readonly broken: Error | null;
  /** What waits for the client, bytes. */
  readonly waiting: number;
  /** The code of the server's close frame; 0 before it. */
  readonly sentCode: number;
  beat: SentBeat | null;
  /** When something was sent last, observed milliseconds. */
  readonly sentMs: number;
  /** Beats that were sent instead of one that a pause excused, since the latest sign of life. */
  renewals: number;
  /** The transport answered a ping since the first miss. */
  transportAnswered: boolean;
  readonly closedByServer: boolean;
  /** The keeper knows that the socket is gone. */
  gone: boolean;
}

/**
 * `connecting`: waits for its hello; `recording`: its opening is on the way to the ledger; `over`: ended, or turned away before it
 * was a session.
 */
export type ModelPhase = "connecting" | "recording" | "open" | "suspended" | "ending" | "over";

/** Beats of which the latest are kept; rule HB2. */
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
  /** The connection in charge. */
  wire: WireFacts;
  /** It asked for the id of a session that is over: the ledger is going to refuse it. */
  hasUsedId = false;
  /** Its opening was told of. */
  isOpened = false;
  attachedMs = 0;
  openedMs = 0;
  /** Latest application frame of the connection in charge. */
  lifeMs = 0;
  /** Pauses of the server counted by then. */
  pausesAtLife = 0;
  /** Late ticks counted by then. */
  lateTicksAtLife = 0;
  /** The same on the monotonic clock. */
  lifeAt = NEVER;
  activeMs = 0;
  activeAt = NEVER;
  /** Round trips, -1 for a miss and -2 for a pause; the latest, oldest first. */
  readonly beats: number[] = [];
  busy = 0;
  /** When the idle warning in force was given, and the time it promised; -1 when none is. */
  warnedMs = -1;
  promisedMs = 0;
  misses = 0;
  /** Misses when it was suspended or ended. */
  lastMisses = 0;
  /** The code of the client's close frame that ends or suspends it. */
  receivedCode: number | null = null;
  pausesAtOpening = 0;
  pausedMsAtOpening = 0;
  /** What was so when it was suspended for the loss it may end for, and when it ended. */
  lossVerdict: VerdictMoment | null = null;
  endingVerdict: VerdictMoment | null = null;
  /** Its application ended it, perhaps while something else was being told. */
  asked = false;
  /** When the ledger last refused its end. */
  refusedMs = Number.NEGATIVE_INFINITY;
  suspendedMs = 0;
  /** When it last came back from a suspension; minus infinity when it never did. */
  resumedMs = Number.NEGATIVE_INFINITY;
  graceMs = 0;
  /** Why it was suspended; `null` unless it is, or was when its end began. */
  lossReason: EndReason | null = null;
  endingMs = 0;
  endReason: EndReason | null = null;
  /** The one token that takes the session up again. */
  token: string | null = null;
  /** Ends that what is being done at this moment would justify. */
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

  /** Does something that would justify its end for one of these reasons. */
  during(reasons: readonly EndReason[], act: () => void): void {
    this.justified = reasons;
    act();
    this.justified = NO_REASONS;
  }

  keepBeat(beat: number): void {
    this.beats.push(beat);
    if (this.beats.length > BEATS_KEPT) this.beats.shift();
  }

  /** Resources that were not given up. */
  owned(): SimulatedResource[] {
    return this.resources.filter(({ givenUp }) => !givenUp);
  }
}
