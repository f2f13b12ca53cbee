import { expect, it } from "vitest";
import { silentLog } from "../ports/log.ts";
import { causeOf } from "../ports/thrown.ts";
import { Guard, QUIET_MS } from "./guard.ts";

function guardWithLog() {
  const logged: [string, Record<string, unknown> | undefined][] = [];
  return { guard: new Guard({ ...silentLog, error: (message, fields) => logged.push([message, fields]) }), logged };
}

const broken = () => {
  throw new Error("EMFILE");
};

it("SES8 logs a failure once per kind and minute, and then how many were suppressed", () => {
  const { guard, logged } = guardWithLog();
  for (let times = 0; times < 5; times += 1) guard.run("memory.sample", broken);
  guard.run("ledger.event", broken);
  expect(logged.map(([message]) => message)).toEqual(["memory.sample failed", "ledger.event failed"]);
  guard.nowMs = QUIET_MS;
  guard.run("memory.sample", broken);
  expect(logged[2]).toEqual(["memory.sample failed", { cause: "Error: EMFILE", moreBefore: 4 }]);
});

it("SES8 an invalid answer is replaced and logged, even a promise that rejects", async () => {
  const { guard, logged } = guardWithLog();
  const isValid = (answer: unknown) => typeof answer === "number";
  expect(guard.ask<unknown>({ name: "a", ask: () => "seven", isValid }, 7)).toBe(7);
  expect(guard.ask<unknown>({ name: "b", ask: () => Promise.reject(new Error("late")), isValid }, 7)).toBe(7);
  await Promise.resolve();
  expect(logged.map(([message]) => message)).toEqual(["a failed", "b failed"]);
});

it.each([
  ["nothing at all", undefined, "undefined"],
  ["a text", "boom", "boom"],
  ["an object without a prototype", Object.create(null), "something that cannot be shown"],
  [
    "an error that throws when it is read",
    Object.defineProperty(new Error(), "message", { get: broken }),
    "something that cannot be shown",
  ],
])("SES8 describes what was thrown, even %s", (_, thrown, words) => {
  expect(causeOf(thrown)).toBe(words);
});
