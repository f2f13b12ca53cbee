/**
 * The time that retention goes by. The wall clock alone is no reason to remove anything: one wrong reading of it would empty the ledger.
 * It is believed as long as it moves on as the monotonic clock does. When it jumps ahead, trusted time goes on at the monotonic
 * clock's pace, until the wall clock has been steady for an hour; beyond a day, until an operator has looked as well. Pure.
 */
import { DAY_MS, HOUR_MS } from "../durations.ts";

/** A wall clock this near to what it should show is right: clocks are slewed, and readings are half a minute apart. */
const TOLERANCE_MS = 10_000;
/** A jump ahead is believed after this time without another. */
const STEADY_MS = HOUR_MS;
/** A jump ahead by more needs an operator's look. */
const UNSEEN_LIMIT_MS = DAY_MS;

export interface Reading {
  readonly wallMs: number;
  readonly monoMs: number;
}

/** The wall clock is not where trusted time is. */
export interface ClockJump {
  /** Ahead of trusted time; negative when it was set back. */
  readonly aheadMs: number;
  /** Since when the wall clock has been where it is now, by its own time. */
  readonly sinceAtMs: number;
  /** Whether it is believed only after an operator has said that it is right. */
  readonly needsLook: boolean;
}

/** What a reading brought about. */
export type ClockChange =
  | { readonly kind: "none" }
  | { readonly kind: "jumped"; readonly jump: ClockJump }
  /** The wall clock is believed again: it came back by itself, or stayed where it was for long enough. */
  | { readonly kind: "believed"; readonly aheadMs: number };

interface Away {
  readonly aheadMs: number;
  readonly sinceMonoMs: number;
  readonly sinceAtMs: number;
}

const NOTHING: ClockChange = { kind: "none" };

export class TrustedTime {
  #trustedMs: number;
  #wallMs: number;
  #monoMs: number;
  #away: Away | null = null;
  #looked = false;

  /**
   * `knownMs` is the newest moment that the ledger knows of from before this start; `null` for a new one. A clock less than a
   * day beyond it is believed: the server may have been off for so long.
   */
  constructor({ wallMs, monoMs }: Reading, knownMs: number | null) {
    const isNear = knownMs === null || (wallMs >= knownMs && wallMs - knownMs <= UNSEEN_LIMIT_MS);
    this.#trustedMs = isNear ? wallMs : knownMs;
    this.#wallMs = wallMs;
    this.#monoMs = monoMs;
  }

  get trustedMs(): number {
    return this.#trustedMs;
  }

  /** What retention may count back from: trusted time, or the wall clock where that is behind it. */
  get nowMs(): number {
    return Math.min(this.#trustedMs, this.#wallMs);
  }

  get jump(): ClockJump | null {
    if (this.#away === null) return null;
    const { aheadMs, sinceAtMs } = this.#away;
    return { aheadMs, sinceAtMs, needsLook: aheadMs > UNSEEN_LIMIT_MS && !this.#looked };
  }

  /** Takes in what the clocks show now. */
  read({ wallMs, monoMs }: Reading): ClockChange {
    this.#trustedMs += Math.max(0, monoMs - this.#monoMs);
    this.#wallMs = wallMs;
    this.#monoMs = monoMs;
    const aheadMs = wallMs - this.#trustedMs;
    if (Math.abs(aheadMs) <= TOLERANCE_MS) return this.#believe(wallMs);
    const away = this.#away;
    if (away === null || Math.abs(aheadMs - away.aheadMs) > TOLERANCE_MS) return this.#jumped({ wallMs, monoMs }, aheadMs);
    // A clock that is slewed meanwhile has not jumped again.
    this.#away = { ...away, aheadMs };
    if (monoMs - away.sinceMonoMs < STEADY_MS || this.jump?.needsLook === true) return NOTHING;
    return this.#believe(wallMs);
  }

  /** An operator has looked at the wall clock and says that it is right. It still has to be steady. `false` when nothing waits for that. */
  looked(): boolean {
    if (this.jump?.needsLook !== true) return false;
    this.#looked = true;
    return true;
  }

  #jumped({ wallMs, monoMs }: Reading, aheadMs: number): ClockChange {
    this.#away = { aheadMs, sinceMonoMs: monoMs, sinceAtMs: wallMs };
    this.#looked = false;
    return { kind: "jumped", jump: this.jump as ClockJump };
  }

  #believe(wallMs: number): ClockChange {
    const away = this.#away;
    this.#trustedMs = wallMs;
    this.#away = null;
    this.#looked = false;
    return away === null ? NOTHING : { kind: "believed", aheadMs: away.aheadMs };
  }
}
