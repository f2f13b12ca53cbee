/** Builds the world of a seed. */
import { createSessionKeeper, engineOf } from "../../keeper/keeper.ts";
import { createSeededRandom } from "../seededRandom.ts";
import { createVirtualClock } from "../virtualClock.ts";
import { simulatedLog, simulatedMemory, simulatedRandom } from "./faultyPorts.ts";
import { meddleOnEvents, ownSomething } from "./meddler.ts";
import { Mishaps } from "./mishaps.ts";
import { Network } from "./network.ts";
import type { Oracle } from "./oracle.ts";
import { drawPlan } from "./plan.ts";
import type { Scene } from "./scene.ts";
import { SettingsLog } from "./settingsLog.ts";
import { SimulatedClient } from "./simulatedClient.ts";
import { SimulatedLedger } from "./simulatedLedger.ts";
import { Trace } from "./trace.ts";

/** Creates a world without any connections. */
export function createWorld(seed: number, oracle: Oracle): Scene {
  const random = createSeededRandom(seed);
  const plan = drawPlan(seed, random);
  const clock = createVirtualClock();
  const mishaps = new Mishaps(seed + 2, plan.mishapRate);
  const ledger = new SimulatedLedger(oracle, mishaps);
  const network = new Network(clock);
  const keeper = createSessionKeeper({
    clock,
    ledger,
    settings: plan.settings,
    random: simulatedRandom(createSeededRandom(seed + 1), () => world),
    log: simulatedLog(oracle, () => world),
    memory: simulatedMemory(() => world),
  });
  const world: Scene = {
    seed,
    random,
    drivers: createSeededRandom(seed + 3),
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
    resources: [],
    unopened: new Set(),
    unrecorded: new Set(),
    evictions: new Set(),
    mishaps,
    counts: { ...zeroCounts, ends: new Map() },
    pausedMs: 0,
    lastPausedMs: 0,
    memoryRatio: 0.3,
    sampledBytes: 0,
    memoryLevel: "ok",
    endingsTold: 0,
    endingsToResubscriber: 0,
    closingDown: false,
    isClosed: false,
    unsettled: true,
  };
  clock.onInput = () => network.deliver();
  oracle.give = (to) => ownSomething(to, world, oracle);
  oracle.watch(world);
  if (plan.meddleRate > 0) meddleOnEvents(world, oracle);
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
  ownBeats: 0,
  asked: 0,
  pauses: 0,
  lateTicks: 0,
  settingsChanges: 0,
  meddlings: 0,
  earlyCloses: 0,
  admins: 0,
  fineTicks: 0,
  unrecorded: 0,
  mishaps: 0,
};
