/**
 * Deterministic simulation of a keeper under everything that can happen at once: a virtual clock, a network that delays, repeats,
 * reorders and goes silent, clients that freeze, vanish and return, a stalling ledger, memory pressure, settings changes, pauses.
 * A seed always gives the same run. After every step the keeper is compared with the simulation's own model.
 */

import { type Operation, pickOperation } from "./simulation/choice.ts";
import { clientOperations } from "./simulation/clientOperations.ts";
import { closeDown } from "./simulation/closingDown.ts";
import { createWorld } from "./simulation/createWorld.ts";
import { overrunBound } from "./simulation/deadlineChecks.ts";
import { Oracle } from "./simulation/oracle.ts";
import { HOUR_MS, spanMs } from "./simulation/plan.ts";
import type { Scene } from "./simulation/scene.ts";
import { serverOperations } from "./simulation/serverOperations.ts";
import { structureFault } from "./simulation/structureChecks.ts";
import { timeFault } from "./simulation/timeChecks.ts";
import type { Violation, World, WorldCounts } from "./simulation/world.ts";
import { settle } from "./virtualClock.ts";

export interface SimulationOptions {
  /** Simulated time, milliseconds; default one hour. */
  readonly durationMs?: number;
}

export interface SimulationReport {
  readonly seed: number;
  readonly steps: number;
  readonly counts: WorldCounts;
}

/** A rule was broken. The message names the rule, the seed, the plan and the latest operations. */
export class SimulationFailure extends Error {
  readonly seed: number;
  readonly rule: string;

  constructor(world: World, { rule, what }: Violation) {
    const { seed, trace, plan } = world;
    super([`seed ${seed}: ${rule}: ${what}`, `world: ${JSON.stringify(plan)}`, "operations:", ...trace.lines()].join("\n"));
    this.name = "SimulationFailure";
    this.seed = seed;
    this.rule = rule;
  }
}

/**
 * Runs the simulation of one seed to its end, and then closes the keeper.
 * @throws {SimulationFailure} at the first broken rule.
 */
export async function simulate(seed: number, { durationMs = HOUR_MS }: SimulationOptions = {}): Promise<SimulationReport> {
  const oracle = new Oracle();
  const world = createWorld(seed, oracle);
  const run = new Run(world, oracle);
  let steps = 0;
  const untilMs = spanMs(world.plan, durationMs);
  for (; world.clock.monotonicMs() < untilMs && !world.closingDown; steps += 1) await run.step();
  if (world.closingDown) world.counts.earlyCloses += 1;
  await closeDown(world, oracle, { step: () => run.step(), check: () => run.check() });
  world.counts.mishaps = world.mishaps.count;
  return { seed, steps, counts: world.counts };
}

class Run {
  readonly #world: Scene;
  readonly #oracle: Oracle;
  readonly #operations: readonly Operation[];
  readonly #weight: number;
  readonly #rate: number;

  constructor(world: Scene, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
    this.#operations = [...clientOperations(oracle), ...serverOperations(oracle)];
    this.#weight = this.#operations.reduce((sum, { weight }) => sum + weight, 0);
    this.#rate = (world.plan.operationRate * world.plan.tickMs) / 1_000;
  }

  /** Simulates one tick: perhaps an operation, then everything that arrives or falls due. */
  async step(): Promise<void> {
    const { random, clock, network, plan } = this.#world;
    if (random.chance(this.#rate)) this.#operate();
    const untilMs = clock.monotonicMs() + plan.tickMs;
    for (let nextMs = 0; nextMs < untilMs; ) {
      nextMs = Math.min(untilMs, network.nextDueMs, clock.nextDueMs);
      clock.advance(Math.max(0, nextMs - clock.monotonicMs()));
      network.deliver();
      if (this.#world.unsettled) await this.#settle();
    }
    this.check();
  }

  /** @throws {SimulationFailure} when any check fails. */
  check(): void {
    const world = this.#world;
    this.#oracle.forgetUnopened();
    const violation = world.isClosed
      ? this.#oracle.violation
      : (this.#oracle.violation ?? timeFault(world) ?? overrunBound(world) ?? structureFault(world));
    if (violation !== null) throw new SimulationFailure(world, violation);
  }

  async #settle(): Promise<void> {
    await settle();
    const { engine, closingDown, isClosed } = this.#world;
    // While closing, until `close` resolves: the timer has stopped by then, and no time may pass in between.
    this.#world.unsettled = engine.registry.count("ending") > 0 || (closingDown && !isClosed);
  }

  #operate(): void {
    const { clock, trace, counts } = this.#world;
    const operation = pickOperation(this.#world, this.#operations, this.#weight);
    const subject = operation.run(this.#world);
    if (subject === null) return;
    counts.operations += 1;
    trace.note(clock.monotonicMs(), `${operation.name} ${subject}`);
  }
}
