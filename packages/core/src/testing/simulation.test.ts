import { expect, it } from "vitest";
import { type EndReason, endReasons } from "../protocol/endReason.ts";
import { simulate } from "./simulation.ts";

const MINUTES_MS = 60_000;

/** Reasons that a running keeper never records: for connections that were no session, for a replaced one, and after a crash. */
const elsewhere: readonly EndReason[] = ["hello_timeout", "superseded", "unauthorized", "overdue", "server_crashed"];

it("SES2 a seed always gives the same run", async () => {
  const [first, second] = [
    await simulate(7, { durationMs: 10 * MINUTES_MS }),
    await simulate(7, { durationMs: 10 * MINUTES_MS }),
  ];
  expect(second).toEqual(first);
  expect((await simulate(8, { durationMs: 10 * MINUTES_MS })).counts).not.toEqual(first.counts);
});

it("SES2 a few seeds cover every end reason, resumes, refutations, refusals, pauses and changes of settings", async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    const { counts } = await simulate(seed, { durationMs: 20 * MINUTES_MS });
    for (const reason of counts.ends.keys()) seen.add(reason);
    for (const [name, count] of Object.entries(counts)) if (typeof count === "number" && count > 0) seen.add(name);
  }
  const wanted = Object.keys(endReasons).filter((reason) => !elsewhere.includes(reason as EndReason));
  expect([...seen]).toEqual(expect.arrayContaining(wanted));
  const counted = ["operations", "connections", "opened", "resumed", "refused", "suspected", "refuted", "ownBeats", "asked"];
  expect([...seen]).toEqual(expect.arrayContaining([...counted, "pauses", "lateTicks", "settingsChanges"]));
  const outOfPlace = ["mishaps", "meddlings", "earlyCloses", "unrecorded", "admins", "fineTicks"];
  expect([...seen]).toEqual(expect.arrayContaining(outOfPlace));
}, 120_000);

/** Seeds that once failed, and the bugs they found; `foundBySimulation.test.ts` has minimal reproductions. */
it.each([
  [26, "TIM2 a healthy client was suspected because the server was busy"],
  [31, "TIM1 a beat was judged in the turn that sent it"],
  [4, "HB6 a beat came late because an older one had a longer limit"],
  [3, "TO4 the sweep complained of deadlines that had just come nearer"],
  [102, "TO4 HB6 the sweep ended a client under a limit that was not in force"],
  [16, "SES6 a socket that could not be told was not closed either"],
  [205_274, "SES7 time passed between the stop of a keeper's timer and its word that it is closed (a fault of the simulation)"],
  [1_002_223, "SES7 the books forgot that an end whose last answer got lost is written all the same (a fault of the simulation)"],
  [906_994, "LED7 the books counted a pause that the keeper had not noticed when a session opened (a fault of the simulation)"],
])(
  "SES2 seed %i holds every rule: %s",
  async (seed) => {
    await expect(simulate(seed)).resolves.toMatchObject({ seed });
  },
  30_000,
);
