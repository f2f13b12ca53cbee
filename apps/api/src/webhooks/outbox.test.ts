import { endReasons } from "@lastbeat/core/reasons";
import { sampleEnded } from "@lastbeat/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDeliveryReads, createDueDeliveries, type DueDelivery } from "../ledger/read/deliveryReads.ts";
import { type DirectWriter, directWriter, endedOp, endedOps, openedOp } from "../ledger/testing/directWriter.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { createRetention } from "../ledger/upkeep/retention.ts";
import { verifyLedger } from "../ledger/upkeep/verify.ts";
import type { WriteOp } from "../ledger/workerMessages.ts";
import type { DeliveryChange, DeliveryReport } from "../ledger/write/deliveryWriter.ts";
import { sampleWebhook } from "./testing/receiver.ts";
import { filterOf } from "./webhook.ts";

const DAY_MS = 86_400_000;
const crm = sampleWebhook({ name: "crm" });
const idle = sampleWebhook({ name: "idle", reasons: ["idle"] });
const beats = sampleWebhook({ name: "beats", tiers: ["heartbeat"], kinds: ["user", "admin"] });

const nothing: DeliveryReport = { type: "report", delivered: [], failed: [], giveUp: null, atMs: 0 };
const none: ReadonlySet<number> = new Set();
const change = (change: DeliveryChange): WriteOp => ["delivery", JSON.stringify(change)];
const sessionsOf = (due: readonly DueDelivery[]) => due.map(({ messageId }) => messageId.replace(".ended", ""));

describe("the outbox", () => {
  let place: Scratch;
  let writer: DirectWriter;
  const due = (webhook: string, { limit = 100, except = none, nowMs = Date.now() } = {}) =>
    createDueDeliveries(writer.database)(webhook, nowMs, { limit, except });
  const reads = () => createDeliveryReads(writer.database);
  const rows = () => Number(writer.database.prepare("SELECT count(*) FROM webhook_deliveries").pluck().get());

  beforeEach(async () => {
    place = scratch();
    writer = await directWriter(place.file, [crm, idle, beats].map(filterOf));
  });

  afterEach(async () => {
    writer[Symbol.dispose]();
    await place[Symbol.asyncDispose]();
  });

  it("WHK1 has a row for each end and webhook that wants it, in the order of writing", () => {
    const { tier } = endReasons.unreachable;
    writer.write([
      ...endedOps("session_a", { ended: { reason: "idle", tier: "timeout" } }),
      ...endedOps("session_b", { ended: { reason: "unreachable", tier } }),
      ...endedOps("session_c", { opened: { kind: "admin" }, ended: { reason: "unreachable", tier } }),
      openedOp("session_open"),
    ]);
    expect(sessionsOf(due("crm"))).toEqual(["session_a", "session_b"]);
    expect(sessionsOf(due("idle"))).toEqual(["session_a"]);
    expect(sessionsOf(due("beats"))).toEqual(["session_b", "session_c"]);
    expect(verifyLedger(writer.database)).toEqual([]);
  });

  it("WHK1 is written in the transaction of the end: neither is there without the other", () => {
    writer.failNext(new Error("the disk is full"));
    expect(() => writer.write(endedOps("session_a", { ended: { reason: "idle" } }))).toThrow("the disk is full");
    expect([rows(), writer.database.prepare("SELECT count(*) FROM ends").pluck().get()]).toEqual([0, 0]);
    writer.write(endedOps("session_a", { ended: { reason: "client_left", tier: "socket" } }));
    expect(sessionsOf(due("crm"))).toEqual(["session_a"]);
  });

  it("WHK1 a second end of a session, and a group that comes again, add nothing", () => {
    writer.writeAs(1, endedOps("session_a"));
    writer.writeAs(1, endedOps("session_a"));
    writer.writeAs(2, [endedOp("session_a"), endedOp("session_a")]);
    expect(sessionsOf(due("crm"))).toEqual(["session_a"]);
  });

  it("WHK2 gives the body that REST gives, the same at each attempt", () => {
    writer.write(endedOps("session_a", { ended: { detail: "went “away”" } }));
    const [first] = due("crm");
    expect(JSON.parse(first?.body ?? "")).toMatchObject({
      id: "session_a.ended",
      type: "session.ended",
      end: { ...sampleEnded("session_a", { detail: "went “away”" }), sessionId: "session_a" },
    });
    expect(due("crm")).toEqual([first]);
  });

  it("WHK2 a delivery leaves when it is delivered; one that failed comes back when it is due, the others do not wait for it", () => {
    writer.write([...endedOps("session_a"), ...endedOps("session_b"), ...endedOps("session_c")]);
    const [a, b] = due("crm");
    const nowMs = Date.now();
    const failed = [{ id: b?.id ?? 0, error: "answered 500", dueAtMs: nowMs + 60_000 }];
    writer.write([change({ ...nothing, delivered: [a?.id ?? 0], failed })]);
    expect(sessionsOf(due("crm"))).toEqual(["session_c"]);
    const later = due("crm", { nowMs: nowMs + 60_000 });
    expect(later.map(({ attempts }) => attempts)).toEqual([0, 1]);
    expect(sessionsOf(later)).toEqual(["session_c", "session_b"]);
    expect(sessionsOf(due("crm", { limit: 1, except: new Set([a?.id ?? 0, later[0]?.id ?? 0]), nowMs: nowMs + 60_000 }))).toEqual(
      ["session_b"],
    );
  });

  it("WHK2 a report on a delivered row that comes late hits no other row", () => {
    writer.write(endedOps("session_a"));
    const id = due("crm")[0]?.id ?? 0;
    writer.write([change({ ...nothing, delivered: [id] })]);
    writer.write(endedOps("session_b"));
    writer.write([change({ ...nothing, delivered: [id] })]);
    expect(sessionsOf(due("crm"))).toEqual(["session_b"]);
  });

  it("WHK3 a time written under a clock that was ahead does not hold a delivery back", () => {
    const detectedAtMs = Date.now();
    writer.write(endedOps("session_a", { ended: { detectedAtMs } }));
    expect(sessionsOf(due("crm", { nowMs: detectedAtMs - 30 * DAY_MS }))).toEqual(["session_a"]);
    expect(sessionsOf(due("crm", { nowMs: detectedAtMs - 1_800_000 }))).toEqual([]);
  });

  it("WHK6 a dead letter is listed, waits no longer, and is sent again as new", () => {
    writer.write([...endedOps("session_a"), ...endedOps("session_b")]);
    const [a] = due("crm");
    writer.write([change({ ...nothing, failed: [{ id: a?.id ?? 0, error: "answered 410", dueAtMs: null }], atMs: 5 })]);
    expect(sessionsOf(due("crm"))).toEqual(["session_b"]);
    expect(reads().deadDeliveries({ webhook: "crm", limit: 10 })).toMatchObject({
      deliveries: [{ id: a?.id, sessionId: "session_a", diedAtMs: 5, attempts: 1, error: "answered 410" }],
      nextCursor: null,
    });
    expect(
      reads()
        .deliveryCounts(null)
        .find(({ webhook }) => webhook === "crm"),
    ).toMatchObject({ waiting: 1, dead: 1 });
    const [outcome] = writer.write([change({ type: "resend", webhook: "crm", ids: [a?.id ?? 0, 999], atMs: Date.now() })]);
    expect(outcome).toEqual({ at: 0, value: 1 });
    expect(due("crm").map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(reads().deadDeliveries({ webhook: "crm", limit: 10 }).deliveries).toEqual([]);
  });

  it("WHK6 all of a webhook's dead letters are sent again, of no other's", () => {
    const { tier } = endReasons.unreachable;
    writer.write([...endedOps("session_a", { ended: { tier } }), ...endedOps("session_b", { ended: { tier } })]);
    const failed = [...due("crm"), ...due("beats")].map(({ id }) => ({ id, error: "answered 410", dueAtMs: null }));
    writer.write([change({ ...nothing, failed })]);
    const page = reads().deadDeliveries({ webhook: "crm", limit: 1 });
    expect([page.deliveries.length, page.nextCursor]).toEqual([1, String(page.deliveries[0]?.id)]);
    const rest = reads().deadDeliveries({ webhook: "crm", limit: 1, beforeId: Number(page.nextCursor) });
    expect([rest.deliveries.length, rest.nextCursor]).toEqual([1, null]);
    expect(writer.write([change({ type: "resend", webhook: "crm", ids: null, atMs: Date.now() })])).toEqual([
      { at: 0, value: 2 },
    ]);
    expect(reads().deliveryCounts(null)).toMatchObject([
      { webhook: "crm", waiting: 2, dead: 0 },
      { webhook: "beats", waiting: 0, dead: 2 },
    ]);
  });

  it("WHK3 what waits for a receiver that is down is given up by age, without an attempt for each", () => {
    writer.write([...endedOps("session_a"), ...endedOps("session_b")]);
    const giveUp = { webhook: "crm", beforeMs: Date.now() + 1, error: "answered 500" };
    writer.write([change({ ...nothing, giveUp: { ...giveUp, beforeMs: 5 } })]);
    expect(due("crm")).toHaveLength(2);
    writer.write([change({ ...nothing, giveUp })]);
    expect(due("crm")).toHaveLength(0);
    expect(
      reads()
        .deadDeliveries({ webhook: "crm", limit: 9 })
        .deliveries.map(({ error }) => error),
    ).toEqual(["answered 500", "answered 500"]);
  });

  it("WHK2 retention keeps an end until it is told, and dead letters leave with their end", () => {
    const nowMs = Date.now() + 100 * DAY_MS;
    writer.write([...endedOps("session_a"), ...endedOps("session_b"), ...endedOps("session_c")]);
    const [a, b, c] = due("crm");
    const retention = createRetention(writer.database, 1, ["crm"]);
    const left = () => writer.database.prepare("SELECT session_id FROM sessions ORDER BY id").pluck().all();
    retention.step(nowMs);
    expect(left()).toEqual(["session_a", "session_b", "session_c"]);
    writer.write([change({ ...nothing, delivered: [a?.id ?? 0, c?.id ?? 0] })]);
    retention.step(nowMs);
    expect(left()).toEqual(["session_b", "session_c"]);
    writer.write([change({ ...nothing, failed: [{ id: b?.id ?? 0, error: "answered 410", dueAtMs: null }] })]);
    retention.step(nowMs);
    expect([left(), rows()]).toEqual([[], 0]);
    writer.write(endedOps("session_d"));
    createRetention(writer.database, 1, ["another"]).step(nowMs);
    expect([left(), rows()]).toEqual([[], 0]);
  });
});

it("WHK1 without webhooks the outbox stays empty", async () => {
  await using place = scratch();
  using writer = await directWriter(place.file);
  writer.write(endedOps("session_a"));
  expect(writer.database.prepare("SELECT count(*) FROM webhook_deliveries").pluck().get()).toBe(0);
});

it("WHK1 the ends that a start writes for sessions of a server that died are told too", async () => {
  await using place = scratch();
  {
    using writer = await directWriter(place.file);
    writer.write([openedOp("session_open")]);
  }
  const store = await place.open({ webhooks: [crm] });
  expect(await store.webhooks.counts()).toMatchObject([{ webhook: "crm", waiting: 1, dead: 0 }]);
});
