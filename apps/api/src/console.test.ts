/** A server whose console is gone: the terminal was closed, or the program that read its output ended. */
import { readFileSync } from "node:fs";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";

test.skipIf(process.platform === "win32")(
  "a server whose console reader is gone keeps running and stops gracefully",
  async () => {
    await using server = await startScratchServer();
    const log = () => readFileSync(server.logFile, "utf8");
    server.process.stopReading();
    server.process.signal("SIGUSR2");
    await eventually(() => expect(log()).toContain("The console: "));
    expect((await fetch(`${server.http}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(log()).toContain("Stopped");
  },
);
