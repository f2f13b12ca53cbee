import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SignIns } from "./auth/signIns.ts";
import { createGuarded } from "./guarded.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function testLog() {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") } };
}

const fail = () => {
  throw new Error("broken");
};

it("OPS3 an exception in a guarded callback ends that callback alone, with one log line per kind and minute", () => {
  const { log, lines } = testLog();
  const guarded = createGuarded(log);
  for (let second = 0; second < 61; second += 1) {
    expect(() => guarded("tell the watchers", fail)).not.toThrow();
    vi.advanceTimersByTime(1_000);
  }
  guarded("check sign-ins", fail);
  expect(lines).toEqual([
    "warn The server could not tell the watchers",
    "warn The server could not tell the watchers",
    "warn The server could not check sign-ins",
  ]);
});

it("OPS3 a listener that throws does not keep the others from learning that a sign-in has ended", () => {
  const { log, lines } = testLog();
  const signIns = new SignIns(createGuarded(log));
  const ended = vi.fn();
  const signIn = { id: "cookie a", name: "operator", isValid: () => false };
  signIns.watch(signIn, fail);
  signIns.watch(signIn, ended);
  vi.advanceTimersByTime(1_000);
  expect(ended).toHaveBeenCalledOnce();
  expect(lines).toEqual(["warn The server could not end what depended on a sign-in"]);
});
