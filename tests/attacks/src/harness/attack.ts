/**
 * A table of attacks. To add one, put an entry in a list and pass the list to `attacks` in a `*.test.ts` file of this workspace:
 *
 *     attacks("HTTP", {}, [
 *       {
 *         name: "1,500 requests whose headers never end",
 *         must: "all cut within 15 s",
 *         growthMiB: 40,
 *         async run(scene) {
 *           const slow = await scene.many(1_500, () => scene.tcp("GET / HTTP/1.1\r\nHost: "));
 *           await eventually(() => expect(slow.filter((each) => !each.ended)).toEqual([]));
 *         },
 *       },
 *     ]);
 *
 * `run` attacks, and asserts what `must` says in words. Everything else is asserted for each attack here (rule SEC1): the server stays
 * up and logs no exception, two healthy sessions beside it are answered in time and never ended, and memory stays bounded.
 * `npm run attacks` writes what was measured into SECURITY.md.
 */
import type { ScratchServer } from "@lastbeat/support/scratchServer";
import { afterAll, describe, expect, test } from "vitest";
import { FAILURE } from "./failure.ts";
import { HealthySessions } from "./healthySessions.ts";
import { MemoryWatch } from "./memoryWatch.ts";
import { Scene } from "./scene.ts";
import { SharedServer } from "./sharedServer.ts";

export interface Attack {
  /** What the attacker does. */
  readonly name: string;
  /** What the server answers it with, in a few words. */
  readonly must: string;
  /** By how much the server's memory may grow at its peak; default `GROWTH_MIB`. */
  readonly growthMiB?: number;
  run(scene: Scene): Promise<unknown>;
}

/** What was measured of one attack. */
export interface Measured {
  readonly door: string;
  readonly name: string;
  readonly must: string;
  readonly worstEchoMs: number;
  readonly beforeMiB: number;
  readonly peakMiB: number;
  readonly afterMiB: number;
}

declare module "vitest" {
  interface TaskMeta {
    attack?: Measured;
  }
}

/** What a server's heap may grow by between two collections whatever it does, and not more. */
const GROWTH_MIB = 64;
/** Against being starved, not against being slow: the machine that runs this may be loaded. */
const WORST_ECHO_MS = 10_000;

/** Runs attacks on one server, one after another. `env` is its configuration besides that of `SharedServer`. */
export function attacks(door: string, env: Readonly<Record<string, string>>, list: readonly Attack[]): void {
  describe(door, () => {
    const shared = new SharedServer(env);
    afterAll(() => shared.stop());
    for (const attack of list) {
      test(`SEC1 ${attack.name}: ${attack.must}`, async ({ task }) => {
        task.meta.attack = { door, name: attack.name, must: attack.must, ...(await carryOut(await shared.running(), attack)) };
      });
    }
  });
}

async function carryOut(
  server: ScratchServer,
  { run, growthMiB = GROWTH_MIB }: Attack,
): Promise<Omit<Measured, "door" | "name" | "must">> {
  await using beside = await HealthySessions.open(server);
  const memory = new MemoryWatch(server.process);
  const scene = new Scene(server, memory);
  try {
    await run(scene);
  } catch (error) {
    // Otherwise it goes on to look at a server that is gone.
    memory.stop();
    throw error;
  } finally {
    scene.leave();
    memory.stop();
  }
  const measured = { worstEchoMs: await beside.worstEcho(), ...memory.measured() };
  expect(FAILURE.exec(scene.said())?.[0]).toBeUndefined();
  expect(beside.ended).toEqual([]);
  expect(measured.worstEchoMs).toBeLessThan(WORST_ECHO_MS);
  expect(measured.peakMiB - measured.beforeMiB).toBeLessThan(growthMiB);
  return measured;
}
