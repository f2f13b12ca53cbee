/**
 * The sweep (rule TO4): looks at every session against every deadline it has, whatever the other tiers believe. A deadline
 * the wheel lost is acted on here; a client silent for longer than heartbeats allow ends as overdue.
 */
import type { Engine } from "../engine.ts";
import { earliestDeadlineMs } from "../session/deadlines.ts";
import { end } from "../session/lifecycle.ts";
import type { Registry } from "../session/registry.ts";
import { retryLeftovers } from "../session/releasing.ts";
import type { SessionRecord } from "../session/session.ts";
import { overdueAfterMs, pauseProlongsMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import type { Disposer } from "../time/clock.ts";
import { inSlices } from "../time/slices.ts";
import { attend } from "./due.ts";
import { slowConsumerCheck } from "./heartbeatDriver.ts";
import { STUCK_ENDING_MS } from "./timeout.ts";

export interface SweepMoment {
  readonly nowMs: number;
  /** Since when silence counts, observed milliseconds: when the longest limit in force at the latest change of settings has passed. */
  readonly judgedFromMs: number;
  /** The same for the latest pause, which excuses no more than `MAX_RENEWALS` beats. Both may lie ahead. */
  readonly pausedFromMs: number;
}

export type SweepVerdict = "fine" | "lost_deadline" | "overdue" | "stuck_ending";

/** Decides what the sweep makes of one session. */
export function decideSweep(record: SessionRecord, settings: Settings, moment: SweepMoment): SweepVerdict {
  const { nowMs } = moment;
  if (record.state.kind === "ending") {
    const sinceMs = nowMs - record.state.detectedMs;
    return sinceMs >= STUCK_ENDING_MS && sinceMs % STUCK_ENDING_MS < settings.sweepIntervalMs ? "stuck_ending" : "fine";
  }
  if (record.state.kind === "active") {
    if (nowMs - countsFromMs(record, settings, moment) > overdueAfterMs(settings)) return "overdue";
  }
  return earliestDeadlineMs(record, settings) < nowMs - settings.tickMs ? "lost_deadline" : "fine";
}

/** From when on the silence of this client counts. */
function countsFromMs({ seenMs }: SessionRecord, settings: Settings, { judgedFromMs, pausedFromMs }: SweepMoment): number {
  const fromMs = Math.max(seenMs, judgedFromMs);
  return Math.max(fromMs, Math.min(pausedFromMs, fromMs + pauseProlongsMs(settings)));
}

/**
 * Sweeps every session once, in slices, by the settings and the time of its beginning: between slices either may move on.
 * The first slice comes after waiting input too, so that no turn holds both a tick and a slice.
 * @returns a disposer that breaks it off; then it is never done.
 */
export function sweep(engine: Engine, from: Omit<SweepMoment, "nowMs">, onDone: () => void): Disposer {
  const moment = { nowMs: engine.observed.nowMs, ...from };
  const { settings } = engine;
  retryLeftovers(engine);
  let stop = engine.clock.afterInput(() => {
    stop = inSlices(engine.clock, everySession(engine.registry, onDone), (record) => {
      engine.guard.run("the sweep", () => sweepOne(engine, record, { moment, settings }));
    });
  });
  return () => stop();
}

/** As they are visited, for a list of them all would cost more than looking at them. */
function* everySession(registry: Registry, onDone: () => void): Iterable<SessionRecord> {
  yield* registry.openings();
  yield* registry.sessions();
  onDone();
}

function sweepOne(
  engine: Engine,
  record: SessionRecord,
  { moment, settings }: { readonly moment: SweepMoment; readonly settings: Settings },
): void {
  // A transport that does not report what it sent is looked at here, and before each beat.
  if (record.state.kind === "active" && slowConsumerCheck(engine, record, record.state)) return;
  switch (decideSweep(record, settings, moment)) {
    case "fine":
      return;
    case "lost_deadline":
      // Other settings came into force since the sweep began: what they moved is for the next one.
      if (engine.settings !== settings) return;
      engine.log.error(`The sweep found a deadline of ${record.id} that nobody acted on`);
      return attend(engine, record);
    case "stuck_ending":
      engine.log.warn(`Session ${record.id} is still ending`);
      return;
    case "overdue": {
      const silentMs = moment.nowMs - record.seenMs;
      void end(engine, record, { reason: "overdue", detail: `silent for ${silentMs / 1000} s`, causeMs: record.seenMs });
    }
  }
}
