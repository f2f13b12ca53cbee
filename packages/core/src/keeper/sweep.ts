/** The sweep (rule TO4): checks every session against all its deadlines, and acts where the other tiers did not. */

import type { Disposer } from "../ports/clock.ts";
import { decideSweep, type SweepMoment } from "../rules/sweep.ts";
import type { Settings } from "../settings/settings.ts";
import { inSlices } from "../time/slices.ts";
import { slowConsumerCheck } from "./beats.ts";
import { handleDue } from "./due.ts";
import type { Engine } from "./engine.ts";
import { end } from "./lifecycle.ts";
import type { SessionRecord } from "./record.ts";
import type { Registry } from "./registry.ts";
import { retryFailedReleases } from "./release.ts";

/**
 * Sweeps every session once, in time slices, by the settings and time at its start; either may change between slices.
 * The first slice also runs after pending input, so that no turn of the event loop holds both a tick and a slice.
 * @returns a disposer that stops it; `onDone` is then never called.
 */
export function sweep(engine: Engine, from: Omit<SweepMoment, "nowMs">, onDone: () => void): Disposer {
  const moment = { nowMs: engine.observed.nowMs, ...from };
  const { settings } = engine;
  retryFailedReleases(engine);
  let stop = engine.clock.afterInput(() => {
    stop = inSlices(engine.clock, everySession(engine.registry, onDone), (record) => {
      engine.guard.run("the sweep", () => sweepOne(engine, record, { moment, settings }));
    });
  });
  return () => stop();
}

/** Iterates lazily, because building a list would cost more than the checks. */
function* everySession(registry: Registry, onDone: () => void): Iterable<SessionRecord> {
  yield* registry.openings.values();
  yield* registry.sessions();
  onDone();
}

function sweepOne(
  engine: Engine,
  record: SessionRecord,
  { moment, settings }: { readonly moment: SweepMoment; readonly settings: Settings },
): void {
  // For transports that do not report what they send; their buffer is checked here and before each beat.
  if (record.state.name === "active" && slowConsumerCheck(engine, record, record.state)) return;
  switch (decideSweep(record, settings, moment)) {
    case "fine":
      return;
    case "lost_deadline":
      // The settings changed since the sweep began; deadlines they moved are left to the next sweep.
      if (engine.settings !== settings) return;
      engine.log.error(`The sweep found a deadline of ${record.id} that was not acted on`);
      return handleDue(engine, record);
    case "stuck_ending":
      engine.log.warn(`Session ${record.id} is still ending`);
      return;
    case "overdue": {
      const silentMs = moment.nowMs - record.seenMs;
      void end(engine, record, { reason: "overdue", detail: `silent for ${silentMs / 1000} s`, causeMs: record.seenMs });
    }
  }
}
