import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createSeededRandom } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { expect, it } from "vitest";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { type Answer, sampleWebhook, startReceiver } from "./testing/receiver.ts";
import { Webhooks } from "./webhooks.ts";

const ROUNDS = Number(process.env.LASTBEAT_TEST_KILLS ?? 5);
/** A round lasts up to this long after the start. */
const ROUND_MS = 2_000;

async function startTelling(place: Scratch, url: string, prefix: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, "testing/tellingServer.ts");
  const child = spawn(process.execPath, [program, place.file, url, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data", { signal: AbortSignal.timeout(60_000) });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  expect([child.exitCode, child.signalCode], "the server to be killed stopped by itself").toEqual([null, null]);
  const gone = once(child, "close");
  child.kill("SIGKILL");
  await gone;
}

it(`WHK1 WHK2 every end that was written is told, after ${ROUNDS} kills and with a receiver that fails half the time`, async () => {
  const seed = Number(process.env.LASTBEAT_TEST_SEED ?? Date.now() % 1_000_000);
  const random = createSeededRandom(seed);
  const told = new Map<string, number>();
  // Half are refused or cut off; of those that are taken, the answer to a few gets lost.
  const half: Answer = ({ messageId }, response, request) => {
    const luck = random.int(100);
    if (luck < 30) return void response.writeHead(500).end();
    if (luck < 50) return void request.socket.destroy();
    told.set(messageId, (told.get(messageId) ?? 0) + 1);
    if (luck < 55) request.socket.destroy();
    else response.writeHead(204).end();
  };
  await using place = scratch();
  await using receiver = await startReceiver(half);
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = await startTelling(place, receiver.url, `r${round}`);
    await new Promise((resolve) => setTimeout(resolve, random.int(ROUND_MS)));
    await kill(child);
  }

  const webhooks = [sampleWebhook({ url: receiver.url })];
  const store = await place.open({ webhooks });
  const waitingAtLast = (await store.webhooks.counts())[0]?.waiting ?? 0;
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const last = new Webhooks({ webhooks, store: store.webhooks, file: place.file, log, now: Date.now, firstWaitMs: 1 });
  await eventually(async () => expect(await store.webhooks.counts()).toEqual([]), { withinMs: 600_000, everyMs: 100 });
  await last.close();

  const ended = place.sql<{ id: string }>("SELECT session_id || '.ended' AS id FROM ended_sessions").map(({ id }) => id);
  expect(
    ended.filter((id) => !told.has(id)),
    `seed ${seed}`,
  ).toEqual([]);
  expect([...told.keys()].toSorted(), `seed ${seed}`).toEqual(ended.toSorted());
  const again = [...told.values()].filter((times) => times > 1).length;
  process.stdout.write(
    `${ROUNDS} kills with seed ${seed}: ${ended.length} ends, all told, in ${receiver.received.length} attempts; ${again} more than once; ` +
      `${waitingAtLast} waited at the last start\n`,
  );
}, 1_800_000);
