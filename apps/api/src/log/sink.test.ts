import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { DescriptorSink } from "./sink.ts";

test.runIf(process.platform === "linux")(
  "OPS4 a full pipe holds 8 MiB, and the lines dropped beyond that are counted",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "lastbeat-sink-"));
    try {
      execFileSync("mkfifo", [join(folder, "pipe")]);
      const read = openSync(join(folder, "pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
      const write = openSync(join(folder, "pipe"), constants.O_WRONLY | constants.O_NONBLOCK);
      const problems: string[] = [];
      const sink = new DescriptorSink(write, (problem) => problems.push(problem));
      for (let at = 0; at < 10; at += 1) sink.write(Buffer.alloc(2 ** 20, "x"), 1_000);
      // The first piece comes from a thread; until then the pipe has nothing (EAGAIN).
      await eventually(() => expect(readSync(read, Buffer.alloc(2 ** 20))).toBeGreaterThan(0));
      await eventually(() => expect(problems).not.toEqual([]));
      expect(problems).toEqual(["1000 lines were dropped because they could not be written fast enough"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
