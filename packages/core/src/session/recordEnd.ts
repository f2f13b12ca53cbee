/**
 * Writes an end to the ledger (rule LED1). By its contract a ledger never refuses one. One that does all the same is asked again every
 * second for half a minute; then the end is given up for the ledger: it stands whole in the log, is never reported as recorded, and
 * the row that stays open is closed by the recovery at the next start, as that of a server that died.
 */
import type { Engine } from "../engine.ts";
import type { SessionEnd } from "../ledger/events.ts";
import { causeOf } from "../thrown.ts";

/** Time between two tries, milliseconds of observed time. */
export const END_RETRY_MS = 1_000;
/** Tries before the end is given up. */
export const END_TRIES = 30;

/** The ledger refused to record an end, for half a minute. The session is over all the same, and what it held is released. */
export class EndNotRecordedError extends Error {
  readonly record: SessionEnd;

  constructor(record: SessionEnd, cause: unknown) {
    super(`the end of ${record.sessionId} could not be recorded: ${causeOf(cause)}`, { cause });
    this.name = "EndNotRecordedError";
    this.record = record;
  }
}

/**
 * Resolves once the end is durable.
 * @throws {EndNotRecordedError} when the ledger refused it to the last.
 */
export async function recordEnd(engine: Engine, record: SessionEnd): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await engine.ledger.ended(record);
    } catch (thrown) {
      engine.guard.failed("ledger.ended", thrown);
      if (tries === END_TRIES) throw new EndNotRecordedError(record, thrown);
    }
    await aWhile(engine);
  }
}

/** After the wait the retries take their turn with other ends, in slices: a ledger that refuses one refuses thousands. */
function aWhile({ endRetries, endings, observed }: Engine): Promise<void> {
  return new Promise((resolve) => endRetries.add(observed.nowMs, () => endings.add(resolve)));
}
