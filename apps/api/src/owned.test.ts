import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SignIns } from "./auth/signIns.ts";
import { owner } from "./owned.ts";

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

it("OPS3 what a timer started and nobody owns ends that work alone, with one line per kind and minute", () => {
  const { log, lines } = testLog();
  const owned = owner(log);
  for (let second = 0; second < 61; second += 1) {
    expect(() => owned("tell the watchers", fail)).not.toThrow();
    vi.advanceTimersByTime(1_000);
  }
  owned("look at the sign-ins", fail);
  expect(lines).toEqual([
    "warn The server could not tell the watchers",
    "warn The server could not tell the watchers",
    "warn The server could not look at the sign-ins",
  ]);
});

it("OPS3 one listener that throws keeps no other from hearing that a sign-in has ended", () => {
  const { log, lines } = testLog();
  const signIns = new SignIns(owner(log));
  const ended = vi.fn();
  const signIn = { id: "cookie a", name: "operator", isValid: () => false };
  signIns.watch(signIn, fail);
  signIns.watch(signIn, ended);
  vi.advanceTimersByTime(1_000);
  expect(ended).toHaveBeenCalledOnce();
  expect(lines).toEqual(["warn The server could not end what a sign-in had vouched for"]);
});
