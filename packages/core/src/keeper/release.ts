/** Releases a session's resources when it ends, newest first, and retries failed releases later (rule SES6). */
import { type Engine, writeEvent } from "./engine.ts";
import type { SessionRecord } from "./record.ts";
import { type ReleaseOutcome, type ReleaseReport, type Resource, release, type UnreleasedResource } from "./resources.ts";

/** Releases every resource, newest first. A resource added meanwhile is released by `own`. */
export async function releaseAll(engine: Engine, record: SessionRecord): Promise<ReleaseReport> {
  const report: ReleaseReport = { released: 0, failed: [] };
  const resources = record.holdings?.resources ?? [];
  const sessionId = record.id;
  while (resources.length > 0) {
    const resource = resources.pop() as Resource;
    const unreleased = { sessionId, resource, failedMs: engine.observed.nowMs };
    const settling = releaseOne(engine, unreleased, () => engine.failedReleases.add(unreleased));
    const outcome = settling instanceof Promise ? await settling : settling;
    if (outcome.released) {
      report.released += 1;
      continue;
    }
    const { name } = resource;
    report.failed.push({ name, cause: outcome.cause });
    engine.totals.releasesFailed += 1;
    engine.log.error(`Session ${record.id}: resource ${name} was not released`, { cause: outcome.cause });
    writeEvent(engine, sessionId, { type: "release_failed", name, cause: outcome.cause });
    // A hung release is still running; one that threw is retried.
    if (!outcome.hung) engine.failedReleases.add(unreleased);
  }
  return report;
}

/** Releases the resources of a session whose opening the ledger refused. */
export function releaseUnrecorded(engine: Engine, record: SessionRecord): void {
  if (record.holdings === null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  engine.releasing.add(promise);
  engine.endings.add(() => {
    void releaseAll(engine, record).then(() => {
      engine.releasing.delete(promise);
      resolve();
    });
  });
}

/** `onLateFailure` is called when a release exceeds its limit and finally throws. */
function releaseOne(
  engine: Engine,
  { sessionId, resource, failedMs }: Omit<UnreleasedResource, "tries">,
  onLateFailure: () => void,
): ReleaseOutcome | Promise<ReleaseOutcome> {
  const { name } = resource;
  const limit = { start: (onLimit: () => void) => engine.releaseLimits.add(engine.observed.nowMs, onLimit) };
  return release(resource, limit, (failed) => {
    if (failed === null) {
      writeEvent(engine, sessionId, { type: "release_settled_late", name, afterMs: engine.observed.nowMs - failedMs });
      return;
    }
    engine.log.error(`Session ${sessionId}: resource ${name} was not released`, { cause: failed });
    onLateFailure();
  });
}

/** Retries every release that threw. Called by the sweep. */
export function retryFailedReleases(engine: Engine): void {
  for (const unreleased of engine.failedReleases.take()) {
    // A retry that hangs was given up when its limit passed.
    const settling = releaseOne(engine, unreleased, () => {});
    void Promise.resolve(settling).then((outcome) => settled(engine, unreleased, outcome));
  }
}

function settled(engine: Engine, unreleased: UnreleasedResource, outcome: ReleaseOutcome): void {
  const { sessionId, resource, failedMs } = unreleased;
  if (outcome.released) {
    writeEvent(engine, sessionId, {
      type: "release_settled_late",
      name: resource.name,
      afterMs: engine.observed.nowMs - failedMs,
    });
  } else if (outcome.hung || !engine.failedReleases.failedAgain(unreleased)) {
    engine.log.error(`Session ${sessionId}: resource ${resource.name} is given up`, { cause: outcome.cause });
  }
}
