/** How the process ends: on a signal in good order, on a failure of its own with a line that says so. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log.ts";
import { drainLimitMs, stopStep } from "./stopping.ts";

export interface Stoppable {
  close(): Promise<void>;
  /** Sessions and events whose end is not written yet. */
  atStake(): number;
}

export interface StopOptions {
  readonly log: Log;
  /** Longest time that stopping may take, in milliseconds; 0 lets it follow the number of sessions. */
  readonly drainLimitMs: number;
}

const LAST_LINES_MS = 1_000;

/** SIGHUP: the terminal was closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Stops the server at the first signal; a later one does not wait, if it is meant. */
export function stopOnSignals(server: Stoppable, { log, drainLimitMs: configuredMs }: StopOptions): void {
  let firstAtMs: number | null = null;
  const stop = (signal: NodeJS.Signals) => {
    const atStake = server.atStake();
    switch (stopStep({ firstAtMs, nowMs: performance.now(), atStake })) {
      case "ignore":
        return;
      case "exit":
        log.error(`Stopping at once on ${signal}; the next start closes ${atStake} open ends in the ledger`);
        process.exit(1);
    }
    firstAtMs = performance.now();
    const limitMs = drainLimitMs(configuredMs, atStake);
    const sessions = atStake === 0 ? "" : `, which may take ${limitMs / 1_000} s; a second signal stops at once`;
    log.info(`Stopping on ${signal}${sessions}`, { atStake });
    void finish(server, log, limitMs);
  };
  for (const signal of signals) process.on(signal, stop);
}

async function finish(server: Stoppable, log: Log, limitMs: number): Promise<void> {
  setTimeout(() => {
    log.error(
      `Not everything was written within ${limitMs} ms (server.drain_limit); the next start closes what is still open in the ledger`,
    );
    process.exit(1);
  }, limitMs).unref();
  try {
    await server.close();
    log.info("Stopped");
    // A console that takes nothing must not keep a server that has stopped.
    await Promise.race([log.flush(), sleep(LAST_LINES_MS)]);
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
