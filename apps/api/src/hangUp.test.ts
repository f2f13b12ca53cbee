import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { meaningOf } from "./hangUp.ts";

test.each([
  ["a service, which never had a terminal", { controlled: false, before: 0, now: 0, platform: "linux" }, "log rotated"],
  ["a server in a terminal that is open, as in tmux", { controlled: true, before: 3, now: 3, platform: "linux" }, "log rotated"],
  ["a server whose output went into a pipe", { controlled: true, before: 1, now: 1, platform: "darwin" }, "log rotated"],
  ["a server whose terminal is gone", { controlled: true, before: 3, now: 0, platform: "linux" }, "terminal closed"],
  ["a server under nohup, whose terminal is gone", { controlled: true, before: 0, now: 0, platform: "linux" }, "log rotated"],
  ["a server that left its terminal by setsid", { controlled: false, before: 3, now: 0, platform: "linux" }, "log rotated"],
  ["a console's window on Windows", { controlled: false, before: 3, now: 3, platform: "win32" }, "terminal closed"],
  ["a console without a window on Windows", { controlled: false, before: 0, now: 0, platform: "win32" }, "terminal closed"],
] as const)("LOG2 SIGHUP to %s", (_, terminals, meaning) => expect(meaningOf(terminals)).toBe(meaning));

describe.skipIf(process.platform !== "linux")("a real process", () => {
  let folder: string;
  let program: string;
  let started: ChildProcess;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lastbeat-hang-up-"));
    program = join(folder, "program.mjs");
    writeFileSync(
      program,
      `import { appendFileSync } from "node:fs";
      import { watchHangUp } from ${JSON.stringify(join(import.meta.dirname, "hangUp.ts"))};
      const say = (what) => appendFileSync(${JSON.stringify(join(folder, "said"))}, what + "\\n");
      watchHangUp({ reopen: () => say("log rotated") }).terminalClosed = () => say("terminal closed");
      say(process.pid);
      setTimeout(() => {}, 60_000);`,
    );
  });
  afterEach(() => {
    started.kill("SIGKILL");
    process.kill(pidSaid(), "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const said = (): string[] => readFileSync(join(folder, "said"), "utf8").trim().split("\n");
  /** @throws {Error} if it has not said it yet: signals to process 0 would go to this test. */
  const pidSaid = (): number => {
    const [pid = ""] = said();
    if (!/^\d+$/.test(pid)) throw new Error("no process id yet");
    return Number(pid);
  };
  const meaning = () => eventually(() => said()[1] ?? Promise.reject(new Error("no SIGHUP yet")));

  /** Starts it in a terminal of its own. @returns its process id. */
  async function inTerminal(command: string): Promise<number> {
    started = spawn("script", ["-qfec", command, "/dev/null"], { cwd: folder, stdio: ["pipe", "ignore", "ignore"] });
    return eventually(pidSaid);
  }

  async function closeTerminal(): Promise<void> {
    const gone = once(started, "exit");
    started.kill("SIGKILL");
    await gone;
  }

  const run = () => `"${process.execPath}" "${program}"`;

  test("LOG2 in a terminal takes the terminal's closing for its end", async () => {
    await inTerminal(`exec ${run()}`);
    await closeTerminal();
    expect(await meaning()).toBe("terminal closed");
  });

  test("LOG2 in a terminal with its output in a file takes the terminal's closing for its end", async () => {
    await inTerminal(`exec ${run()} > output 2>&1`);
    await closeTerminal();
    expect(await meaning()).toBe("terminal closed");
  });

  test("LOG2 in a terminal that is open, as in tmux or a container with -t, opens the log anew", async () => {
    process.kill(await inTerminal(`exec ${run()}`), "SIGHUP");
    expect(await meaning()).toBe("log rotated");
  });

  test("LOG2 under nohup outlives its terminal", async () => {
    await inTerminal(`exec nohup ${run()}`);
    await closeTerminal();
    expect(await meaning()).toBe("log rotated");
  });

  test("LOG2 that left its terminal by setsid is not ended by a later SIGHUP", async () => {
    const pid = await inTerminal(`setsid --wait ${run()}`);
    await closeTerminal();
    process.kill(pid, "SIGHUP");
    expect(await meaning()).toBe("log rotated");
  });

  test("LOG2 that never had a terminal, as of systemd or in a container, opens the log anew", async () => {
    started = spawn(process.execPath, [program], { detached: true, stdio: "ignore" });
    process.kill(await eventually(pidSaid), "SIGHUP");
    expect(await meaning()).toBe("log rotated");
  });
});
