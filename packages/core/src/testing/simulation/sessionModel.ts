/** What the simulation knows about one session from what it did itself: the witness the keeper is compared with. */
import type { SessionKind } from "../../ports/ledger.ts";
import type { EndReason } from "../../protocol/endReason.ts";
import type { Moment, VerdictMoment } from "./evidence.ts";
import type { SimulatedResource } from "./simulatedResource.ts";
import type { Wire } from "./wire.ts";

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
  wire: Wire;
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

  constructor(facts: { id: string; kind: SessionKind; user: string; nowMs: number; helloTimeoutMs: number; wire: Wire }) {
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
