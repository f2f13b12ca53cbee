/** The sweep (rule TO4): looks at every session against every deadline it has, and acts on what the other tiers did not. */

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
 * Sweeps every session once, in slices, by the settings and the time of its beginning: between slices either may move on.
 * The first slice comes after waiting input too, so that no turn holds both a tick and a slice.
 * @returns a disposer that breaks it off; then it is never done.
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
  if (record.state.name === "active" && slowConsumerCheck(engine, record, record.state)) return;
  switch (decideSweep(record, settings, moment)) {
    case "fine":
      return;
    case "lost_deadline":
      // Other settings came into force since the sweep began: what they moved is for the next one.
      if (engine.settings !== settings) return;
      engine.log.error(`The sweep found a deadline of ${record.id} that nobody acted on`);
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
