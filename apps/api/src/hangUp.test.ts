import { expect, test } from "vitest";
import { meaningOf } from "./hangUp.ts";

test.each([
  ["a service, which never had a terminal", { before: 0, now: 0, platform: "linux" }, "log rotated"],
  ["a server in a terminal that is open, as in tmux", { before: 3, now: 3, platform: "linux" }, "log rotated"],
  ["a server whose output went into a pipe", { before: 1, now: 1, platform: "darwin" }, "log rotated"],
  ["a server whose terminal is gone", { before: 3, now: 0, platform: "linux" }, "terminal closed"],
  ["a console's window on Windows", { before: 3, now: 3, platform: "win32" }, "terminal closed"],
  ["a console without a window on Windows", { before: 0, now: 0, platform: "win32" }, "terminal closed"],
] as const)("LOG2 SIGHUP to %s", (_, terminals, meaning) => expect(meaningOf(terminals)).toBe(meaning));
