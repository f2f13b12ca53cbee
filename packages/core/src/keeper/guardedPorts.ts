/** Wraps the ports for the core: none throws, and an invalid answer is replaced by a usable one (rule SES8). */

import type { Clock, Disposer } from "../ports/clock.ts";
import type { Ledger, LedgerEvent, LedgerHealth } from "../ports/ledger.ts";
import type { KeeperLog } from "../ports/log.ts";
import type { MemorySource } from "../ports/memory.ts";
import { type Random, systemRandom } from "../ports/random.ts";
import type { Guard, Query } from "./guard.ts";

/** A log whose failures are swallowed, because there is nowhere to report them. */
export function guardedLog(log: KeeperLog): Required<KeeperLog> {
  const quietly = (level: "debug" | "info" | "warn" | "error") => (message: string, fields?: Record<string, unknown>) => {
    try {
      const returned: unknown = log[level](message, fields);
      // Not returned to the caller, which would then have to handle the rejection.
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {
      // The line is lost.
    }
  };
  const isEnabled = (ask: "debugEnabled" | "infoEnabled") => () => {
    try {
      return log[ask]?.() ?? true;
    } catch {
      return false;
    }
  };
  return {
    debugEnabled: isEnabled("debugEnabled"),
    infoEnabled: isEnabled("infoEnabled"),
    debug: quietly("debug"),
    info: quietly("info"),
    warn: quietly("warn"),
    error: quietly("error"),
  };
}

/** A failing clock stands still. A callback that `afterInput` failed to take runs with the next tick. */
export function guardedClock(clock: Clock, guard: Guard): Clock {
  const monotonic: Query<number> = {
    name: "clock.monotonicMs",
    ask: () => clock.monotonicMs(),
    isValid: Number.isFinite,
  };
  const wall: Query<number> = { name: "clock.wallMs", ask: () => clock.wallMs(), isValid: Number.isFinite };
  let wallMs = 0;
  let postponed: (() => void)[] = [];
  const disposer =
    (name: string, dispose: Disposer): Disposer =>
    () =>
      void guard.run(name, dispose);
  return {
    monotonicMs() {
      guard.nowMs = guard.ask(monotonic, guard.nowMs);
      return guard.nowMs;
    },
    wallMs() {
      wallMs = guard.ask(wall, wallMs);
      return wallMs;
    },
    every(periodMs, callback) {
      const tick = () => {
        const due = postponed;
        postponed = [];
        for (const overdue of due) overdue();
        guard.run("the tick", callback);
      };
      return disposer("the clock's disposer", clock.every(periodMs, tick));
    },
    afterInput(callback) {
      const call = () => void guard.run("a callback after input", callback);
      try {
        return disposer("the clock's disposer", clock.afterInput(call));
      } catch (thrown) {
        guard.failed("clock.afterInput", thrown);
        postponed.push(call);
        return () => {
          postponed = postponed.filter((other) => other !== call);
        };
      }
    },
  };
}

/** If the random source fails, times are spread evenly instead, and secrets come from the operating system. */
export function guardedRandom(random: Random, guard: Guard): Random {
  const float: Query<number> = {
    name: "random.float",
    ask: () => random.float(),
    isValid: (drawn) => drawn >= 0 && drawn < 1,
  };
  // The fractional parts of the golden ratio's multiples are distributed very evenly. Knuth, TAOCP 3, section 6.4.
  let spread = 0;
  return {
    float() {
      const drawn = guard.ask(float, -1);
      if (drawn >= 0) return drawn;
      spread = (spread + 0.618_033_988_749_895) % 1;
      return spread;
    },
    bytes(count) {
      try {
        const drawn: unknown = random.bytes(count);
        if (drawn instanceof Uint8Array && drawn.length === count) return drawn;
        guard.catchRejection("random.bytes", drawn);
        guard.failed("random.bytes", new TypeError(`it did not answer ${count} bytes`));
      } catch (thrown) {
        guard.failed("random.bytes", thrown);
      }
      return systemRandom.bytes(count);
    },
  };
}

export type MemorySample = ReturnType<MemorySource["sample"]>;

/** Takes a sample; `null` when the source fails. */
export function guardedSample(source: MemorySource, guard: Guard): () => MemorySample | null {
  const figures = ["residentBytes", "residentLimitBytes", "heapUsedBytes", "heapLimitBytes"] as const;
  const query: Query<MemorySample | null> = {
    name: "memory.sample",
    ask: () => source.sample(),
    isValid: (sample) => sample !== null && figures.every((figure) => Number.isFinite(sample[figure]) && sample[figure] >= 0),
  };
  return () => guard.ask(query, null);
}

/** The ledger as the core uses it. `opened` and `ended` may reject but never throw. */
export interface KeeperLedger extends Pick<Ledger, "opened" | "ended" | "event" | "health"> {
  /** Stops writing events (rule SES7). */
  seal(): void;
}

const WITHOUT_HEALTH: LedgerHealth = { accepting: false, cause: "the ledger does not report its health" };

export function guardedLedger(ledger: Ledger, guard: Guard): KeeperLedger {
  let isSealed = false;
  const health: Query<LedgerHealth> = {
    name: "ledger.health",
    ask: () => ledger.health(),
    isValid: ({ accepting }) => typeof accepting === "boolean",
  };
  return {
    opened(record) {
      try {
        return Promise.resolve(ledger.opened(record));
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    },
    ended(record) {
      try {
        return Promise.resolve(ledger.ended(record));
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    },
    event(event: LedgerEvent) {
      if (!isSealed) guard.run("ledger.event", () => ledger.event(event));
    },
    health: () => guard.ask(health, WITHOUT_HEALTH),
    seal() {
      isSealed = true;
    },
  };
}
