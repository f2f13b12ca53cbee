/** A server to be killed, run as a process of its own: ends sessions for ever and tells a webhook, as fast as it can. */
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { openStore } from "../../ledger/openStore.ts";
import { Webhooks } from "../webhooks.ts";
import { sampleWebhook } from "./receiver.ts";

const [file = "", url = "", prefix = ""] = process.argv.slice(2);
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const webhooks = [sampleWebhook({ url })];
const store = await openStore({
  file,
  webhooks,
  retentionDays: 0,
  queueLimit: 1_000,
  durability: "process",
  bootVersion: "0.0.1",
  log,
});
new Webhooks({ webhooks, store: store.webhooks, file, log, now: Date.now, firstWaitMs: 1 });
process.stdout.write("ready\n");

async function one(at: number): Promise<void> {
  const id = `session_${prefix}_${at}`;
  const nowMs = Date.now();
  await store.ledger.opened(sampleOpened(id, { openedAtMs: nowMs }));
  // Some stay open: the next start ends them, and these ends are to be told too.
  if (at % 4 !== 0) await store.ledger.ended(sampleEnded(id, { detectedAtMs: nowMs, releasedAtMs: nowMs }));
}

for (let at = 0; ; at += 8) {
  await Promise.all(Array.from({ length: 8 }, (_, more) => one(at + more)));
  // About as fast as a receiver that fails half the time can follow, so that kills meet deliveries in every state.
  await new Promise((resolve) => setTimeout(resolve, 20));
}
