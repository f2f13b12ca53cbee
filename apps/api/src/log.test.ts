import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonLine, logLine } from "./log/line.ts";
import { createLog } from "./log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file that stands for the console. */
const consoleFile = () => join(folder, "console");
const consoleOption = (coloured = false) => ({ descriptor: openSync(consoleFile(), "a"), coloured });

describe("a line", () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

  test("has time, level, message and fields", () => {
    const fields = { interval: 30, cause: "no pong", room: "general", note: undefined, list: [1, 2], ok: true };
    expect(logLine({ atMs, level: "warn", message: "Heartbeat failed for session_x (1/3): no pong", fields })).toBe(
      '2026-01-02T03:04:05.678Z WARN  Heartbeat failed for session_x (1/3): no pong interval=30 cause="no pong" room=general list=[1,2] ok=true\n',
    );
  });

  test("OPS4 stays one line whatever a client sends", () => {
    const fields = { user: "eve\n2026 ERROR forged", room: "\u001b[2J", both: "\u0085\u2028x" };
    const line = logLine({ atMs, level: "info", message: "hello\r\nworld", fields });
    expect(line.match(/[\p{Cc}\u2028\u2029]/gu)).toEqual(["\n"]);
    expect(line).toContain('hello\\u000d\\nworld user="eve\\n2026 ERROR forged"');
  });

  test("OPS4 shows what would turn its text around or show nothing", () => {
    const fields = { user: "ada\u202egpj", list: ["\u2066x", "\u009b"], tag: "a\u{e0041}", half: "\ud83d", zero: "a\u200bb" };
    const error = new Error("\u202dx");
    const line = logLine({ atMs, level: "info", message: "\u061chello", fields: { ...fields, error } });
    expect(line.match(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu)).toEqual(["\n"]);
    expect(line).toContain('\\u061chello user="ada\\u202egpj" list=["\\u2066x","\\u009b"] tag="a\\u{e0041}" half="\\ud83d"');
  });

  test("shows an error's message and stack", () => {
    const line = logLine({ atMs, level: "error", message: "Query failed", fields: { error: new TypeError("no such table") } });
    expect(line).toMatch(/Query failed error="no such table" stack="TypeError: no such table\\n {4}at /);
  });

  test("handles values that JSON cannot represent", () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(logLine({ atMs, level: "info", message: "m", fields: { circular, big: 12n } })).toContain(
      'circular="[object Object]" big=12',
    );
  });
});

describe("the log", () => {
  test("writes the same lines to file and console and makes the folder", async () => {
    const file = join(folder, "deep/logs/app.log");
    const log = createLog({ file, level: "info", console: consoleOption() });
    log.info("Removed session session_abc");
    log.error("Max heartbeat failures reached for session_abc, disconnecting", { misses: 3 });
    await log.flush();
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(
      /^\S+Z INFO {2}Removed session session_abc\n\S+Z ERROR Max heartbeat failures reached for session_abc, disconnecting misses=3\n$/,
    );
    expect(readFileSync(consoleFile(), "utf8")).toBe(text);
  });

  test("omits lines below its level", async () => {
    const file = join(folder, "app.log");
    const log = createLog({ file, level: "warn", console: consoleOption() });
    log.debug("Heartbeat sent to session_abc");
    log.info("Removed session session_abc");
    log.warn("kept");
    expect([log.debugEnabled?.(), log.infoEnabled?.()]).toEqual([false, false]);
    await log.flush();
    expect(readFileSync(file, "utf8")).toMatch(/^\S+ WARN {2}kept\n$/);
  });

  test("appends to an existing file", async () => {
    const file = join(folder, "app.log");
    for (const message of ["first", "second"]) {
      const log = createLog({ file, level: "info", console: consoleOption() });
      log.info(message);
      await log.flush();
    }
    expect(readFileSync(file, "utf8")).toMatch(/first\n.*second\n$/);
  });

  test("colours only the console", async () => {
    const file = join(folder, "app.log");
    const log = createLog({ file, level: "info", console: consoleOption(true) });
    log.warn("careful");
    await log.flush();
    expect(readFileSync(consoleFile(), "utf8")).toContain("\u001b[33mWARN \u001b[39m careful");
    expect(readFileSync(file, "utf8")).not.toContain("\u001b");
  });

  test("keeps every line of a burst in order", async () => {
    const file = join(folder, "app.log");
    const log = createLog({ file, level: "info", console: consoleOption() });
    for (let i = 0; i < 5_000; i++) log.info(`line ${i}`);
    await log.flush();
    const numbers = [...readFileSync(file, "utf8").matchAll(/line (\d+)\n/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  test("an unwritable file yields one clear line", () => {
    const file = "/dev/null/logs/app.log";
    expect(() => createLog({ file, level: "info" })).toThrow(expect.objectContaining({ code: "cannot_start" }));
    expect(() => createLog({ file, level: "info" })).toThrow(
      /^the log \/dev\/null\/logs\/app\.log cannot be written \(ENOTDIR\): make it writable, or .* LASTBEAT_LOG_FILE$/,
    );
  });

  test.runIf(existsSync("/dev/full"))("a full disk stops nothing and is reported once on the console", async () => {
    const log = createLog({ file: "/dev/full", level: "info", console: consoleOption() });
    for (let i = 0; i < 3; i++) {
      log.info(`line ${i}`);
      await log.flush();
    }
    await log.flush();
    const text = readFileSync(consoleFile(), "utf8");
    expect(text).toContain("line 2");
    expect(text.match(/WARN {2}The log \/dev\/full: ENOSPC/g)).toHaveLength(1);
  });

  test("OPS4 lines logged right before process exit are written", () => {
    const file = join(folder, "app.log");
    const module = JSON.stringify(new URL("./log.ts", import.meta.url).href);
    const script = `const { createLog } = await import(${module});
      const log = createLog({ file: ${JSON.stringify(file)}, level: "info" });
      for (let i = 0; i < 100; i++) log.info("line " + i);
      process.exit(3);`;
    expect(() => execFileSync(process.execPath, ["--input-type=module", "-e", script], { stdio: "pipe" })).toThrow();
    expect(readFileSync(file, "utf8").match(/line \d+\n/g)).toHaveLength(100);
  });

  /** Runs a program that logs to `file` and its own standard output, which nobody reads, and exits with 3. */
  async function exitCodeOf(file: string, lines: number): Promise<number | null> {
    const module = JSON.stringify(new URL("./log.ts", import.meta.url).href);
    const script = `const { createLog } = await import(${module});
      const log = createLog({ file: ${JSON.stringify(file)}, level: "info" });
      for (let i = 0; i < ${lines}; i++) log.info("line " + i + " " + "x".repeat(1000));
      setTimeout(() => process.exit(3), 100);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [code] = (await once(child, "exit", { signal: AbortSignal.timeout(20_000) })) as [number | null];
      return code;
    } finally {
      child.kill("SIGKILL");
    }
  }

  test("OPS4 an unread pipe neither blocks process exit nor keeps lines from the file", async () => {
    const file = join(folder, "app.log");
    expect(await exitCodeOf(file, 2_000)).toBe(3);
    expect(readFileSync(file, "utf8").match(/line \d+ x+\n/g)).toHaveLength(2_000);
  });

  test.runIf(existsSync("/dev/full"))("OPS4 a full disk does not block process exit", async () => {
    expect(await exitCodeOf("/dev/full", 3)).toBe(3);
  });

  test("a removed file stops nothing", async () => {
    const file = join(folder, "app.log");
    const log = createLog({ file, level: "info", console: consoleOption() });
    rmSync(file);
    log.info("still here");
    await log.flush();
    expect(readFileSync(consoleFile(), "utf8")).toContain("still here");
  });
});

describe("as JSON", () => {
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

  test("LOG1 a line is one object with time, level, message, session and fields", () => {
    const fields = { reason: "idle", detectionMs: 180_000, note: undefined, list: [1, 2] };
    const line = jsonLine({ atMs, level: "info", message: "Removed session session_abc-1", fields });
    expect(line.endsWith("}\n")).toBe(true);
    expect(JSON.parse(line)).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      level: "info",
      msg: "Removed session session_abc-1",
      session: "session_abc-1",
      fields: { reason: "idle", detectionMs: 180_000, list: [1, 2] },
    });
    expect(JSON.parse(jsonLine({ atMs, level: "warn", message: "No fields" }))).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      level: "warn",
      msg: "No fields",
    });
  });

  test("LOG1 whatever is logged, it is one line that can be parsed and controls no terminal", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(
        text,
        fc.dictionary(text, fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.bigInt(), fc.constant(undefined))),
        (message, fields) => {
          const line = jsonLine({ atMs, level: "error", message, fields });
          expect(line.match(/[\p{Cc}\u2028\u2029]/gu)).toEqual(["\n"]);
          expect(JSON.parse(line).msg).toBe(message);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("LOG1 errors keep message and stack, and what JSON cannot represent becomes text", () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const { fields } = JSON.parse(
      jsonLine({ atMs, level: "error", message: "m", fields: { error: new TypeError("no such table"), circular, big: 12n } }),
    );
    expect(fields).toMatchObject({ error: { message: "no such table" }, circular: "[object Object]", big: "12" });
    expect(fields.error.stack).toMatch(/^TypeError: no such table\n {4}at /);
  });

  test("LOG1 file and console get it, also where the console has colours", async () => {
    const file = join(folder, "app.log");
    const log = createLog({ file, level: "info", format: "json", console: consoleOption(true) });
    log.info("hello", { room: "general" });
    await log.flush();
    const text = readFileSync(file, "utf8");
    expect(JSON.parse(text)).toMatchObject({ level: "info", msg: "hello", fields: { room: "general" } });
    expect(readFileSync(consoleFile(), "utf8")).toBe(text);
  });
});

test("LOG3 the level can be changed at any time", async () => {
  const file = join(folder, "app.log");
  const log = createLog({ file, level: "warn", console: consoleOption() });
  log.debug("one");
  log.level = "debug";
  expect([log.level, log.debugEnabled?.(), log.infoEnabled?.()]).toEqual(["debug", true, true]);
  log.debug("two");
  log.level = "error";
  log.warn("three");
  expect([log.level, log.debugEnabled?.(), log.infoEnabled?.()]).toEqual(["error", false, false]);
  await log.flush();
  expect(readFileSync(file, "utf8")).toMatch(/^\S+ DEBUG two\n$/);
});
