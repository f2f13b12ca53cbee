/** Rotation of the log, as logrotate does it. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLog, type Log } from "../log.ts";
import { LogFile } from "./logFile.ts";

let folder: string;
let file: string;
let log: Log;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-rotate-"));
  file = join(folder, "app.log");
  log = createLog({ file, level: "info", console: { descriptor: openSync("/dev/null", "a"), coloured: false } });
});
afterEach(() => rmSync(folder, { recursive: true }));

const numbersIn = (...files: string[]) =>
  files.flatMap((each) => [...readFileSync(each, "utf8").matchAll(/ line (\d+)\n/g)].map(([, number]) => Number(number)));
const fail = (problem: string) => expect.unreachable(problem);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe.skipIf(process.platform === "win32")("rotation", () => {
  test("LOG2 a file that was moved is opened anew on request, and no line is lost or written twice", async () => {
    let next = 0;
    for (let rotation = 0; rotation < 5; rotation += 1) {
      for (let lines = 0; lines < 2_000; lines += 1) log.info(`line ${next++}`);
      renameSync(file, `${file}.${rotation}`);
      log.reopen();
      for (let lines = 0; lines < 2_000; lines += 1) log.info(`line ${next++}`);
      await eventually(() => expect(existsSync(file)).toBe(true));
    }
    await log.flush();
    expect(numbersIn(...upTo(5).map((rotation) => `${file}.${rotation}`), file)).toEqual(upTo(next));
    expect(readFileSync(file, "utf8")).toContain("INFO  The log file was opened anew\n");
  });

  test.each([
    ["moved", () => renameSync(file, `${file}.1`)],
    ["deleted", () => unlinkSync(file)],
  ])("LOG2 a file that was %s is opened anew also when nobody says so", async (_, rotate) => {
    log.info("before");
    await log.flush();
    rotate();
    await eventually(() => {
      log.info("after");
      expect(readFileSync(file, "utf8")).toContain("after");
    });
    expect(readFileSync(file, "utf8")).not.toContain("before");
  });

  test("LOG2 after it was copied and cut, lines go on at its beginning", async () => {
    for (let line = 0; line < 1_000; line += 1) log.info(`line ${line}`);
    await log.flush();
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
    log.info("line 1000");
    await log.flush();
    expect(readFileSync(file, "utf8")).toMatch(/^\S+Z INFO {2}line 1000\n/);
    expect(statSync(file).size).toBeLessThan(200);
    expect(numbersIn(`${file}.1`, file)).toEqual(upTo(1_001));
  });

  test("LOG2 it is told when the file was cut", async () => {
    const told: string[] = [];
    const own = join(folder, "own.log");
    const cut = new LogFile({ file: own, onProblem: fail, onRotation: (what) => told.push(what), lookEveryMs: 0 });
    await eventually(async () => {
      cut.write(Buffer.alloc(10_000, "x\n"), 5_000);
      await cut.flush();
      truncateSync(own);
      cut.write(Buffer.from("y\n"), 1);
      await cut.flush();
      expect(told[0]).toMatch(/^was cut from \d{5,} bytes to \d+$/);
    });
  });

  test("LOG2 where it cannot be opened anew, lines go on where they went", async () => {
    log.info("before");
    await log.flush();
    renameSync(folder, `${folder}-moved`);
    // A file in place of the folder.
    const blocker = createLog({
      file: folder,
      level: "info",
      console: { descriptor: openSync("/dev/null", "a"), coloured: false },
    });
    log.reopen();
    log.info("after");
    await log.flush();
    await blocker.flush();
    rmSync(folder);
    renameSync(`${folder}-moved`, folder);
    expect(readFileSync(file, "utf8")).toMatch(/before\n(?:.*\n)*?.*after\n/);
  });

  test("LOG2 a running server survives SIGHUP, and logs into the new file", async () => {
    await using server = await startScratchServer();
    renameSync(server.logFile, `${server.logFile}.1`);
    process.kill(server.pid, "SIGHUP");
    await eventually(() => expect(readFileSync(server.logFile, "utf8")).toContain("The log file was opened anew"));
    process.kill(server.pid, "SIGHUP");
    expect((await fetch(`${server.http}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(readFileSync(server.logFile, "utf8")).toMatch(/Stopped\n$/);
  });
});
