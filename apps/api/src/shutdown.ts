/** Ends the process: gracefully on a signal, or with a log line on an uncaught error. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log.ts";
import { drainLimitMs, stopStep } from "./stopping.ts";

export interface Stoppable {
  /** Within the limit, if possible. */
  close(limitMs: number): Promise<void>;
  /** Number of open sessions plus ledger events not yet written. */
  unwritten(): number;
}

export interface StopOptions {
  readonly log: Log;
  /** Time limit for a graceful stop, in milliseconds. 0 derives it from the number of sessions. */
  readonly drainLimitMs: number;
}

const LOG_FLUSH_MS = 1_000;

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Stops the server gracefully at the first signal. A deliberate second one exits at once.
 * @returns a function that does what a signal does.
 */
export function stopOnSignals(
  server: Stoppable,
  { log, drainLimitMs: configuredMs }: StopOptions,
): (signal: NodeJS.Signals) => void {
  let firstAtMs: number | null = null;
  const stop = (signal: NodeJS.Signals) => {
    const unwritten = server.unwritten();
    switch (stopStep({ firstAtMs, nowMs: performance.now(), unwritten })) {
      case "ignore":
        return;
      case "exit":
        log.error(`Stopping at once on ${signal}; the next start closes ${unwritten} open ends in the ledger`);
        process.exit(1);
    }
    firstAtMs = performance.now();
    const limitMs = drainLimitMs(configuredMs, unwritten);
    const sessions = unwritten === 0 ? "" : `, which may take ${limitMs / 1_000} s; a second signal stops at once`;
    log.info(`Stopping on ${signal}${sessions}`, { unwritten });
    void finish(server, log, limitMs);
  };
  for (const signal of signals) process.on(signal, stop);
  return stop;
}

async function finish(server: Stoppable, log: Log, limitMs: number): Promise<void> {
  setTimeout(() => {
    log.error(
      `Not everything was written within ${limitMs} ms (server.drain_limit); the next start closes what is still open in the ledger`,
    );
    process.exit(1);
  }, limitMs).unref();
  try {
    await server.close(limitMs);
    log.info("Stopped");
    // A blocked console must not keep a stopped server alive.
    await Promise.race([log.flush(), sleep(LOG_FLUSH_MS)]);
    process.exit(0);
  } catch (error) {
    log.error("Stopping failed", { error });
    process.exit(1);
  }
}

/** Logs an uncaught error and exits, since it leaves the process in an unknown state. */
export function exitOnUncaught(log: Log): void {
  const exit = (error: unknown) => {
    log.error("Uncaught error; the server exits", { error });
    process.exit(1);
  };
  process.on("uncaughtException", exit);
  process.on("unhandledRejection", exit);
}
