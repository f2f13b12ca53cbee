import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import { DiskFloor } from "./diskFloor.ts";

test("WHO6 messages are refused below the floor, and taken again a little above it", async () => {
  const lines: string[] = [];
  const log = {
    warn: (line: string) => void lines.push(`warn ${line}`),
    info: (line: string) => void lines.push(`info ${line}`),
  };
  let free = 2_000;
  const floor = new DiskFloor({ folder: "/data", floorBytes: 1_000, log, freeBytes: async () => free });
  const seen: boolean[] = [];
  for (const now of [2_000, 1_000, 999, 500, 1_050, 1_100, 1_000]) {
    free = now;
    await floor.look();
    seen.push(floor.cause() === null);
  }
  expect(seen).toEqual([true, true, false, false, false, true, true]);
  expect(lines).toEqual([
    expect.stringMatching(/^warn Chat messages are refused/),
    expect.stringMatching(/^info Chat messages are taken/),
  ]);
});

test("WHO6 a disk that cannot be asked changes nothing", async () => {
  const floor = new DiskFloor({
    folder: "/data",
    floorBytes: 1_000,
    log: { warn: () => {}, info: () => {} },
    freeBytes: () => Promise.reject(new Error("no such folder")),
  });
  await floor.look();
  expect(floor.cause()).toBeNull();
});

test("WHO6 below the floor a message is refused with storage_low, joining and ending go on, and the readiness says so", async () => {
  // More than any disk has.
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-floor-"));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  await using running = await startTestServer({
    env: { LASTBEAT_LEDGER_DISK_FLOOR: "1000000000", LASTBEAT_LEDGER_FILE: join(folder, "ledger.db") },
  });
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "one" });
  const { sessionId } = await client.frame("welcome");
  client.send({ type: "chat.send", id: crypto.randomUUID(), text: "hi", ref: 1 });
  expect(await client.frame("error")).toMatchObject({ code: "storage_low", ref: 1 });
  client.send({ type: "chat.join", room: "two" });
  await client.frame("chat.joined");
  const ready = await fetch(`${running.http}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    expect.objectContaining({ status: "ready", warning: expect.stringContaining("ledger.disk_floor is 1000000000 MiB") }),
  ]);
  client.send({ type: "goodbye" });
  await client.closed;
  await eventually(() => expect(running.store.ledger.entry(String(sessionId))?.ended?.reason).toBe("client_left"));
  expect(running.lines.join("\n")).toContain("warn Chat messages are refused:");
});
