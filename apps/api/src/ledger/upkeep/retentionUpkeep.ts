/** Runs retention in the writer thread, using a time that a wrong clock cannot move (rule LED8), and reports its state to the server. */
import type { ServerEvent } from "@lastbeat/core";
import type Database from "better-sqlite3";
import type { RetentionState } from "../../contract/views.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../durations.ts";
import { endIdMs } from "../endId.ts";
import { writeFailure } from "../storeErrors.ts";
import type { FromWriter } from "../workerMessages.ts";
import { createRetention } from "./retention.ts";
import { type ClockChange, type ClockJump, TrustedTime } from "./trustedTime.ts";

/** Interval between retention runs, and the shorter delay between batches while there is more to remove. */
const EVERY_MS = 30_000;
const PACE_MS = 100;

export interface RetentionUpkeep {
  /** An operator confirms the wall clock. */
  looked(operator: string): void;
  stop(): void;
}

export interface UpkeepOptions {
  readonly days: number;
  /** Names of the webhooks that must be told an end before it is removed. */
  readonly webhooks: readonly string[];
  readonly wallMs: () => number;
  readonly say: (message: FromWriter) => void;
  readonly note: (event: ServerEvent) => void;
}

/**
 * The newest time known to the ledger; `null` for a new one. It is the last trusted time or, in a ledger without one, the time of its newest
 * row. Call before this start writes anything.
 */
export function newestKnownMs(database: Database.Database): number | null {
  const value = (sql: string) => database.prepare<[], number | null>(sql).pluck().get() ?? null;
  const trusted = value("SELECT trusted_at_ms FROM retention");
  if (trusted !== null) return trusted;
  const end = value("SELECT max(id) FROM ends");
  const moments = [
    value("SELECT max(alive_at_ms) FROM boots"),
    end === null ? null : endIdMs(end),
    value("SELECT max(sent_at_ms) FROM messages"),
    value("SELECT nullif(kept_from_ms, 0) FROM retention"),
  ].filter((moment) => moment !== null);
  return moments.length === 0 ? null : Math.max(...moments);
}

export function startRetention(
  database: Database.Database,
  knownMs: number | null,
  { days, webhooks, wallMs, say, note }: UpkeepOptions,
): RetentionUpkeep {
  const retention = createRetention(database, days, webhooks);
  const stamp = database.prepare("UPDATE retention SET trusted_at_ms = ?");
  const keptFrom = database.prepare<[], number>("SELECT kept_from_ms FROM retention").pluck();
  const reading = () => ({ wallMs: wallMs(), monoMs: performance.now() });
  const time = new TrustedTime(reading(), knownMs);
  let timer: NodeJS.Timeout;

  function tell(): void {
    const state: RetentionState = {
      days,
      keptFromMs: keptFrom.get() ?? 0,
      trustedAtMs: Math.round(time.trustedMs),
      jump: time.jump,
    };
    say({ type: "retention", state });
  }

  /** Records a server event. Nobody waits for it, and a failed write is only logged. */
  function record(event: ServerEvent): void {
    try {
      note(event);
    } catch (thrown) {
      say({ type: "log", level: "warn", message: `the event ${event.type} could not be recorded: ${writeFailure(thrown)}` });
    }
  }

  function heed(change: ClockChange): void {
    if (change.kind === "none") return;
    say({ type: "log", level: "warn", message: change.kind === "jumped" ? jumpLine(change.jump) : believedLine(change.aheadMs) });
    const aheadMs = Math.round(change.kind === "jumped" ? change.jump.aheadMs : change.aheadMs);
    record(change.kind === "jumped" ? { type: "clock_jumped", aheadMs } : { type: "clock_believed", aheadMs });
  }

  function step(): void {
    let more = false;
    try {
      heed(time.read(reading()));
      stamp.run(Math.round(time.trustedMs));
      more = retention.step(time.nowMs);
      tell();
    } catch (thrown) {
      say({ type: "log", level: "warn", message: `old sessions could not be removed: ${writeFailure(thrown)}` });
    }
    timer = setTimeout(step, more ? PACE_MS : EVERY_MS);
  }

  timer = setTimeout(step, PACE_MS);
  return {
    looked(operator) {
      if (!time.looked()) return;
      say({ type: "log", level: "warn", message: `${operator} says that the wall clock is right` });
      record({ type: "clock_looked_at", operator });
      tell();
    },
    stop: () => clearTimeout(timer),
  };
}

function jumpLine({ aheadMs, needsLook }: ClockJump): string {
  const where = aheadMs > 0 ? `ahead of the time the ledger knows by ${span(aheadMs)}` : `behind it by ${span(-aheadMs)}`;
  const until = needsLook
    ? "until it has been steady for an hour and an operator says on the System page that it is right"
    : "until it has been steady for an hour";
  return `The wall clock is ${where}: retention removes nothing on its word ${until}`;
}

function believedLine(aheadMs: number): string {
  const by = aheadMs > 0 ? `the ${span(aheadMs)} by which it was ahead are over or believed` : "it is where it should be";
  return `Retention goes by the wall clock again: ${by}`;
}

function span(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.round(ms / HOUR_MS)} hours`;
  return ms >= 2 * MINUTE_MS ? `${Math.round(ms / MINUTE_MS)} minutes` : `${Math.round(ms / 1_000)} seconds`;
}
