/** How the process ends: on a signal in good order, on a failure of its own with a line that says so. */
import type { Log } from "./log.ts";

/** Longest time that stopping may take, in milliseconds. */
const STOP_MS = 5_000;

export interface Stoppable {
  close(): Promise<void>;
}

/** Stops the server at the first SIGINT or SIGTERM; a second one does not wait. */
export function stopOnSignals(server: Stoppable, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info(`Stopping on ${signal}`);
    void finish(server, log);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

async function finish(server: Stoppable, log: Log): Promise<void> {
  setTimeout(() => {
    log.error(`Not everything was written within ${STOP_MS} ms; the next start closes what is still open in the ledger`);
    process.exit(1);
  }, STOP_MS).unref();
  try {
    await server.close();
    log.info("Stopped");
    await log.flush();
    process.exit(0);
  } catch (error) {
    log.error("Stopping failed", { error });
    process.exit(1);
  }
}

/** An error that nobody caught leaves the process in an unknown state: it says so and exits. */
export function exitOnUncaught(log: Log): void {
  const exit = (error: unknown) => {
    log.error("An error was caught by nobody; the server exits", { error });
    process.exit(1);
  };
  process.on("uncaughtException", exit);
  process.on("unhandledRejection", exit);
}
