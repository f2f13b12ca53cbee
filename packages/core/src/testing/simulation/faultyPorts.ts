/** The keeper's ports as the simulation gives them to it: well behaved, or with mishaps. */
import type { KeeperLog } from "../../ports/log.ts";
import type { MemorySource } from "../../ports/memory.ts";
import type { Random } from "../../ports/random.ts";
import type { Oracle } from "./oracle.ts";
import { MEMORY_BYTES, type World } from "./world.ts";

/** Memory as the operations set it; remembers what was told. */
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

/** Randomness that fails now and then. */
export function simulatedRandom(random: Random, getWorld: () => World): Random {
  return {
    float: () => getWorld().mishaps.spoil(random.float(), [Number.NaN, 1, -0.5, undefined]),
    bytes: (count) => getWorld().mishaps.spoil(random.bytes(count), [new Uint8Array(1), null]),
  };
}

/** Errors that the worlds bring about. */
const ordinary = [
  /^Max heartbeat failures reached/,
  /was not released$/,
  /is given up$/,
  /^socket\.\w+ failed$/,
  /^a socket, .*, failed$/,
  /^(ledger|memory|random)\.\w+ failed$/,
];

/** A listener that meddled and then threw. */
const isMishap = (message: string, fields: Record<string, unknown> | undefined) =>
  message.startsWith("a listener of ") && String(fields?.cause).startsWith("Mishap:");

const notRecorded = /^LastbeatError: the end of (\S+) could not be recorded/;

/** Listens to the log: an error that is not ordinary is one that the keeper noticed about itself. Some lines are lost. */
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
      else if (!ordinary.some((pattern) => pattern.test(message)) && !isMishap(message, fields))
        oracle.violated("SES6", `the log says: ${message} ${JSON.stringify(fields ?? {})}`);
      return lose();
    },
  };
}
