/** The keeper's ports in the simulation, with or without injected faults. */
import type { KeeperLog } from "../../ports/log.ts";
import type { MemorySource } from "../../ports/memory.ts";
import type { Random } from "../../ports/random.ts";
import type { Oracle } from "./oracle.ts";
import { MEMORY_BYTES, type World } from "./world.ts";

/** Reports the memory set by the operations; remembers the last valid sample. */
export function simulatedMemory(getWorld: () => World): MemorySource {
  return {
    sample() {
      const world = getWorld();
      const { memoryRatio, mishaps } = world;
      const residentBytes = memoryRatio * MEMORY_BYTES;
      const sample = { residentBytes, residentLimitBytes: MEMORY_BYTES, heapUsedBytes: 0, heapLimitBytes: 0 };
      const told = mishaps.spoil(sample, [null, undefined, {}, { ...sample, residentBytes: Number.NaN }]);
      if (told === sample) world.sampledBytes = residentBytes;
      return told;
    },
  };
}

/** Randomness that occasionally fails. */
export function simulatedRandom(random: Random, getWorld: () => World): Random {
  return {
    float: () => getWorld().mishaps.spoil(random.float(), [Number.NaN, 1, -0.5, undefined]),
    bytes: (count) => getWorld().mishaps.spoil(random.bytes(count), [new Uint8Array(1), null]),
  };
}

/** Error log lines that the simulation provokes. */
const expectedErrors = [
  /^Max heartbeat failures reached/,
  /was not released$/,
  /is given up$/,
  /^socket\.\w+ failed$/,
  /^a socket, .*, failed$/,
  /^(ledger|memory|random)\.\w+ failed$/,
];

/** A listener threw an injected fault. */
const isMishap = (message: string, fields: Record<string, unknown> | undefined) =>
  message.startsWith("a listener of ") && String(fields?.cause).startsWith("Mishap:");

const notRecorded = /^LastbeatError: the end of (\S+) could not be recorded/;

/** Watches the log. An unexpected error line means that the keeper detected a fault of its own. Some calls fail. */
export function simulatedLog(oracle: Oracle, getWorld: () => World): KeeperLog {
  const lose = () => getWorld().mishaps.strike();
  return {
    debugEnabled: () => getWorld().mishaps.spoil(false, [undefined]),
    debug: lose,
    info: lose,
    warn: lose,
    error(message, fields) {
      const id = notRecorded.exec(message)?.[1];
      if (id !== undefined) oracle.givenUp(id);
      else if (!expectedErrors.some((pattern) => pattern.test(message)) && !isMishap(message, fields))
        oracle.violated("SES6", `the log says: ${message} ${JSON.stringify(fields ?? {})}`);
      return lose();
    },
  };
}
