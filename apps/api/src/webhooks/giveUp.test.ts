/** A receiver that is gone for good, with a large outbox. */
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { expect, it } from "vitest";
import { directWriter, endedOps } from "../ledger/testing/directWriter.ts";
import { copyTheEnd } from "../ledger/testing/manyEnds.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { CHANGED_AT_ONCE } from "../ledger/write/deliveryWriter.ts";
import { changeAll } from "./changeAll.ts";
import { sampleWebhook, startReceiver, status } from "./testing/receiver.ts";
import { filterOf } from "./webhook.ts";
import { Webhooks } from "./webhooks.ts";

const DAY_MS = 86_400_000;
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** An outbox in which so many deliveries have waited for four days. */
async function oldOutbox(place: Scratch, deliveries: number): Promise<void> {
  {
    using writer = await directWriter(place.file, [filterOf(sampleWebhook())]);
    writer.write(endedOps("session_a"));
  }
  copyTheEnd(place.file, deliveries - 1);
  const oldMs = Date.now() - 4 * DAY_MS;
  place.sql(
    "INSERT OR IGNORE INTO webhook_deliveries (webhook, end_id, created_at_ms, due_at_ms) SELECT 'crm', id, 0, 0 FROM ends",
  );
  place.sql("UPDATE webhook_deliveries SET created_at_ms = ?, due_at_ms = ?", oldMs, oldMs);
}

it("WHK3 all that is old is given up at one failure, however much waits, and ends are written meanwhile", async () => {
  await using place = scratch();
  await using receiver = await startReceiver(status(500));
  await oldOutbox(place, 50_000);
  const webhooks = [sampleWebhook({ url: receiver.url })];
  const store = await place.open({ webhooks });
  const telling = new Webhooks({ webhooks, store: store.webhooks, file: place.file, log, now: Date.now });
  /** The size of each batch, and the ends written before it. */
  const batches: { readonly changed: number; readonly written: number }[] = [];
  const change = store.webhooks.change;
  store.webhooks.change = async (asked) => {
    const changed = await change(asked);
    if (changed > 0) batches.push({ changed, written });
    return changed;
  };
  let written = 0;
  let isOver = false;
  const ending = (async () => {
    for (; !isOver; written += 1) {
      const id = `session_meanwhile_${written}`;
      await store.ledger.opened(sampleOpened(id));
      await store.ledger.ended(sampleEnded(id, { detectedAtMs: Date.now(), releasedAtMs: Date.now() }));
    }
  })();
  await eventually(async () => expect(await store.webhooks.counts()).toMatchObject([{ dead: 50_000 }]), { withinMs: 30_000 });
  isOver = true;
  await ending;
  expect(batches.length).toBeGreaterThanOrEqual(25);
  expect(Math.max(...batches.map(({ changed }) => changed))).toBe(CHANGED_AT_ONCE);
  // An end that comes between two batches does not wait for the last of them.
  expect(batches.at(-1)?.written).toBeGreaterThan(batches[0]?.written ?? 0);
  expect(receiver.received.length).toBeLessThan(20);
  await telling.close();
});

it("WHK3 stops between two batches when it may not go on", async () => {
  const full = async () => CHANGED_AT_ONCE;
  const resend = { type: "resend", webhook: "crm", ids: null, atMs: 0 } as const;
  let batches = 0;
  const changed = await changeAll({ change: full }, resend, () => {
    batches += 1;
    return batches < 3;
  });
  expect(changed).toBe(3 * CHANGED_AT_ONCE);
});
