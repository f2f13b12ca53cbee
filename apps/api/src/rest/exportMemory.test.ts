import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyTheEnd } from "../ledger/testing/manyEnds.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";

const ROWS = 300_000;
/** Far less than what is exported, which is a few hundred megabytes; more than what garbage between two collections takes. */
const MOST_GROWTH_BYTES = 120_000_000;

let place: Scratch;
let server: ScratchServer;
beforeAll(async () => {
  place = scratch();
  const store = await place.open();
  await store.ledger.opened(sampleOpened("session_a"));
  await store.ledger.ended(sampleEnded("session_a", { detectedAtMs: Date.now() }));
  await store.close();
  copyTheEnd(place.file, ROWS - 1);
  server = await startScratchServer({ LASTBEAT_LEDGER_FILE: place.file });
}, 120_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

async function exported(): Promise<IncomingMessage> {
  const asked = request(`${server.http}/api/ends/export?format=jsonl`).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
}

// What a process holds for itself is told by Linux alone.
describe.skipIf(process.platform !== "linux")("an export of very many ends", { timeout: 180_000 }, () => {
  test("takes no more memory than a small one", async () => {
    const before = server.process.ownBytes();
    let [most, bytes, lines] = [0, 0, 0];
    for await (const piece of await exported()) {
      bytes += piece.length;
      for (const byte of piece as Buffer) if (byte === 10) lines += 1;
      most = Math.max(most, server.process.ownBytes());
    }
    expect(lines).toBe(ROWS);
    expect(bytes).toBeGreaterThan(MOST_GROWTH_BYTES);
    expect(most - before).toBeLessThan(MOST_GROWTH_BYTES);
  });

  test("waits for a client that does not read, and stops when it disconnects", async () => {
    const response = await exported();
    await once(response, "readable");
    const before = server.process.ownBytes();
    await sleep(2_000);
    expect(server.process.ownBytes() - before).toBeLessThan(MOST_GROWTH_BYTES / 4);
    response.destroy();
    const page = await (await fetch(`${server.http}/api/ends?limit=1&sort=slowest_detection`)).json();
    expect(page).toMatchObject({ rows: [expect.any(Object)], totalIsAtLeast: true });
    expect(server.output()).not.toMatch(/error/i);
  });
});
