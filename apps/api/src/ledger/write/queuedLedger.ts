/** The SQLite implementation of core's ledger. Queues writes and waits for the writer thread. */
import { hasCode, type Ledger, ledgerUnavailable, sessionIdTaken } from "@lastbeat/core";
import type { StoreLog, WriterThread } from "./writerThread.ts";

export function createSqliteLedger(writer: WriterThread, log: StoreLog): Ledger {
  const { queue } = writer;
  return {
    async opened(record) {
      const outcome = await queue.add("opened", JSON.stringify(record)).catch((thrown: unknown) => {
        throw hasCode(thrown, "unavailable") ? ledgerUnavailable(thrown.message) : thrown;
      });
      if (outcome === undefined || !("error" in outcome)) return;
      throw outcome.error === "session_id_taken" ? sessionIdTaken(record.sessionId) : ledgerUnavailable(outcome.detail);
    },
    async ended(record) {
      const outcome = await queue.add("ended", JSON.stringify(record));
      if (outcome !== undefined && "error" in outcome)
        throw new Error(`the end of ${record.sessionId} cannot be stored: ${outcome.detail}`);
    },
    event(event) {
      queue.add("event", JSON.stringify(event)).then(
        (outcome) => {
          if (outcome !== undefined && "error" in outcome)
            log("error", `an event ${event.event.type} cannot be stored: ${outcome.detail}`);
        },
        (error: Error) => log("warn", `an event ${event.event.type} came too late: ${error.message}`),
      );
    },
    health: () => queue.health(),
    close: () => writer.close(),
  };
}
