/**
 * The time used by retention. The wall clock alone must not cause removals: a single wrong reading would empty the ledger. It is trusted
 * while it advances with the monotonic clock. When it jumps ahead, trusted time advances with the monotonic clock until the wall clock has
 * been steady for an hour and, for a jump of more than a day, an operator has confirmed it. Pure.
 */
import { DAY_MS, HOUR_MS } from "../durations.ts";

/** Tolerated difference from the expected time: clocks are slewed, and readings are half a minute apart. */
const TOLERANCE_MS = 10_000;
/** A jump ahead is trusted after this time without another one. */
const STEADY_MS = HOUR_MS;
/** A larger jump ahead must be confirmed by an operator. */
const UNSEEN_LIMIT_MS = DAY_MS;

export interface Reading {
  readonly wallMs: number;
  readonly monoMs: number;
}

/** A wall clock that differs from trusted time. */
export interface ClockJump {
  /** How far it is ahead of trusted time; negative if it was set back. */
  readonly aheadMs: number;
  /** When the jump was noticed, by the wall clock. */
  readonly sinceAtMs: number;
  /** Whether an operator must confirm it before it is trusted. */
  readonly needsLook: boolean;
}

/** The result of a reading. */
export type ClockChange =
  | { readonly kind: "none" }
  | { readonly kind: "jumped"; readonly jump: ClockJump }
  /** The wall clock is trusted again: it went back by itself, or has been steady for long enough. */
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
   * `knownMs` is the newest time known to the ledger from before this start; `null` for a new one. A clock less than a day ahead of it is
   * trusted, since the server may have been off that long.
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

  /** The current time for retention: trusted time, or the wall clock if that is earlier. */
  get nowMs(): number {
    return Math.min(this.#trustedMs, this.#wallMs);
  }

  get jump(): ClockJump | null {
    if (this.#away === null) return null;
    const { aheadMs, sinceAtMs } = this.#away;
    return { aheadMs, sinceAtMs, needsLook: aheadMs > UNSEEN_LIMIT_MS && !this.#looked };
  }

  /** Processes a reading of both clocks. */
  read({ wallMs, monoMs }: Reading): ClockChange {
    this.#trustedMs += Math.max(0, monoMs - this.#monoMs);
    this.#wallMs = wallMs;
    this.#monoMs = monoMs;
    const aheadMs = wallMs - this.#trustedMs;
    if (Math.abs(aheadMs) <= TOLERANCE_MS) return this.#believe(wallMs);
    const away = this.#away;
    if (away === null || Math.abs(aheadMs - away.aheadMs) > TOLERANCE_MS) return this.#jumped({ wallMs, monoMs }, aheadMs);
    // A clock being slewed has not jumped again.
    this.#away = { ...away, aheadMs };
    if (monoMs - away.sinceMonoMs < STEADY_MS || this.jump?.needsLook === true) return NOTHING;
    return this.#believe(wallMs);
  }

  /** An operator confirms the wall clock, which must still be steady. Returns `false` if no confirmation is needed. */
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
