/** Builds the world of a seed. */
import { createSessionKeeper, engineOf } from "../../keeper.ts";
import type { KeeperLog, MemorySource } from "../../keeperTypes.ts";
import { createSeededRandom } from "../seededRandom.ts";
import { createVirtualClock } from "../virtualClock.ts";
import { Network } from "./network.ts";
import type { Oracle } from "./oracle.ts";
import { drawPlan } from "./plan.ts";
import { SettingsLog } from "./settingsLog.ts";
import { SimulatedClient } from "./simulatedClient.ts";
import { SimulatedLedger } from "./simulatedLedger.ts";
import { Trace } from "./trace.ts";
import type { World } from "./world.ts";

const MEMORY_BYTES = 1_000_000_000;

/** Creates a world in which nobody is connected yet. */
export function createWorld(seed: number, oracle: Oracle): World {
  const random = createSeededRandom(seed);
  const plan = drawPlan(random);
  const clock = createVirtualClock();
  const ledger = new SimulatedLedger(oracle);
  const network = new Network(clock);
  const keeper = createSessionKeeper({
    clock,
    ledger,
    settings: plan.settings,
    random: createSeededRandom(seed + 1),
    log: watchedLog(oracle),
    memory: { sample: () => memoryAt(world.memoryRatio) },
  });
  const world: World = {
    seed,
    random,
    plan,
    clock,
    network,
    ledger,
    keeper,
    engine: engineOf(keeper),
    trace: new Trace(),
    settings: new SettingsLog(plan.settings),
    clients: [],
    models: new Set(),
    sessions: new Map(),
    closing: new Map(),
    held: new Map(),
    abandoned: [],
    releases: 0,
    counts: { ...zeroCounts, ends: new Map() },
    pausedMs: 0,
    memoryRatio: 0.3,
    closingDown: false,
    unsettled: true,
  };
  clock.onInput = () => network.deliver();
  oracle.watch(world);
  for (let index = 0; index < plan.clients; index += 1) world.clients.push(new SimulatedClient(world, oracle, index));
  return world;
}

const zeroCounts = {
  operations: 0,
  connections: 0,
  opened: 0,
  resumed: 0,
  refused: 0,
  suspected: 0,
  refuted: 0,
  pauses: 0,
  lateTicks: 0,
  settingsChanges: 0,
};

function memoryAt(ratio: number): ReturnType<MemorySource["sample"]> {
  return { residentBytes: ratio * MEMORY_BYTES, residentLimitBytes: MEMORY_BYTES, heapUsedBytes: 0, heapLimitBytes: 0 };
}

const ordinary = [
  /^Max heartbeat failures reached/,
  /was not released$/,
  /is given up$/,
  /^socket\.\w+ failed$/,
  /^a socket, .*, failed$/,
];

/** Listens to the log: an error that is not ordinary is one that the keeper noticed about itself. */
function watchedLog(oracle: Oracle): KeeperLog {
  const ignore = () => {};
  return {
    debugEnabled: () => false,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error(message, fields) {
      if (!ordinary.some((pattern) => pattern.test(message)))
        oracle.violated("SES6", `the log says: ${message} ${JSON.stringify(fields ?? {})}`);
    },
  };
}
