/** The operations of the server's machine, its operators and its application. */
import { NEVER, quietDueMs } from "../../rules/heartbeat.ts";

import { earliestDeadlineMs } from "../../rules/timeouts.ts";
import { PAUSE_MS } from "../../time/observedTime.ts";
import { type ClientWire, isOpen, type Operation, someWire, toWire } from "./choice.ts";
import { ownSomething } from "./meddler.ts";
import type { Oracle } from "./oracle.ts";
import { drawSettings } from "./plan.ts";
import type { Scene } from "./scene.ts";
import { changeSettings, closeKeeper } from "./serverActs.ts";
import type { SimulatedLedger } from "./simulatedLedger.ts";
import type { World } from "./world.ts";

/** Pauses the process for a while, and perhaps the clients too. */
function pause(world: World): string {
  const { random, network, counts, engine, plan } = world;
  const pausedMs = plan.tickMs + PAUSE_MS + 1 + random.int(60_000);
  const shared = random.chance(0.5);
  if (shared) network.pauseAll(pausedMs);
  else network.pauseServer(pausedMs);
  counts.pauses += 1;
  world.pausedMs += pausedMs;
  world.lastPausedMs = pausedMs;
  return `${pausedMs} ms${shared ? ", clients too" : ""} (${engine.registry.size} sessions)`;
}

/** Delays a tick, but not by so much that it counts as a pause. */
function lateTick(world: World): string {
  const lateMs = 1 + world.random.int(PAUSE_MS - 1);
  world.network.pauseServer(lateMs);
  world.counts.lateTicks += 1;
  return `${lateMs} ms`;
}

function jumpWall(world: World): string {
  const byMs = world.random.int(7_200_000) - 3_600_000;
  world.clock.jumpWall(byMs);
  return `${byMs} ms`;
}

function changeMemory(world: World): string {
  world.memoryRatio = world.random.pick([0.3, 0.3, 0.3, 0.75, 0.85, 0.95]);
  return `${world.memoryRatio}`;
}

/** Keeps a session busy for a while, even if it ends meanwhile. */
function work(wire: ClientWire, world: World, oracle: Oracle): void {
  const { model } = wire;
  const { network, random, keeper } = world;
  const session = keeper.session(model.id);
  if (session === undefined) return;
  model.busy += 1;
  // Starting work withdraws a warning, and sending that notice may break the socket.
  if (model.warnedMs >= 0) oracle.userActive(model);
  const busy = session.busy("working");
  network.toServer(1_000 + random.int(240_000), () => {
    model.busy -= 1;
    oracle.userActive(model);
    busy[Symbol.dispose]();
  });
}

function ownAt(wire: ClientWire, world: Scene, oracle: Oracle): void {
  const session = world.keeper.session(wire.model.id);
  if (session !== undefined) ownSomething({ session, model: wire.model }, world, oracle);
}

function endByOperator(wire: ClientWire, { keeper }: World): void {
  const { model } = wire;
  model.during(["ended_by_operator"], () => {
    void keeper.end(model.id, { reason: "ended_by_operator", operator: "simulation", note: "because" });
  });
}

function endByApplication(wire: ClientWire, { keeper }: World): void {
  const { model } = wire;
  model.during(["ended_by_application"], () => void keeper.session(model.id)?.end());
}

/** Reads the keeper's statistics, preview, snapshot and deadlines; the deadlines must be correct. */
function look(world: Scene, oracle: Oracle): string | null {
  const { keeper, engine, random, plan } = world;
  const wire = someWire(world, isOpen);
  keeper.stats();
  keeper.preview(drawSettings(random, plan));
  if (wire === null) return null;
  const { id } = wire.model;
  keeper.session(id)?.snapshot();
  const record = engine.registry.get(id);
  const soonest = keeper.explain(id)?.[0]?.dueInMs ?? NEVER;
  const nowMs = engine.observed.nowMs;
  // The keepalive is not among the explained deadlines.
  const quietMs = record?.state.name === "active" ? quietDueMs(record.state, record.seenMs, keeper.settings) - nowMs : NEVER;
  if (record !== undefined && Math.min(soonest, quietMs) !== earliestDeadlineMs(record, keeper.settings) - nowMs)
    oracle.violated("TO4", `the deadlines of ${id} are explained wrongly`);
  return id;
}

const broken = new Error("write EPIPE");

function breakSocket(wire: ClientWire): void {
  wire.broken = broken;
}

/** All server operations. */
export function serverOperations(oracle: Oracle): Operation[] {
  return [
    { name: "a pause", weight: 0.6, run: pause },
    { name: "a late tick", weight: 3, run: lateTick },
    { name: "the wall clock jumps", weight: 0.5, run: jumpWall },
    { name: "other settings", weight: 0.5, run: changeSettings },
    { name: "memory changes", weight: 0.3, run: changeMemory },
    { name: "the ledger stalls", weight: 0.3, run: ledgerDoes((ledger) => ledger.stall()) },
    { name: "the ledger fails", weight: 0.2, run: ledgerDoes((ledger) => ledger.fail()) },
    { name: "the ledger refuses ends", weight: 0.1, run: ledgerDoes((ledger) => ledger.refuse()) },
    { name: "the ledger recovers", weight: 12, run: ledgerDoes((ledger) => ledger.recover()) },
    { name: "the keeper is closed", weight: 0.02, run: closeKeeper },
    { name: "a send fails", weight: 0.4, run: toWire(isOpen, breakSocket) },
    { name: "data goes to", weight: 10, run: toWire(isOpen, (wire, { random }) => wire.sendData(random.int(20_000))) },
    { name: "owns something", weight: 5, run: toWire(isOpen, (wire, world) => ownAt(wire, world, oracle)) },
    { name: "works", weight: 3, run: toWire(isOpen, (wire, world) => work(wire, world, oracle)) },
    { name: "an operator ends", weight: 0.6, run: toWire(isOpen, endByOperator) },
    { name: "the application ends", weight: 0.4, run: toWire(isOpen, endByApplication) },
    { name: "state is read of", weight: 1.5, run: (world) => look(world, oracle) },
  ];
}

function ledgerDoes(change: (ledger: SimulatedLedger) => void): (world: World) => string {
  return (world) => {
    change(world.ledger);
    world.unsettled = true;
    return "";
  };
}
