/** What operators do, as it stands in the ledger. */
import { describe, expect, test } from "vitest";
import { type AuditEntry, auditQuerySchema } from "../contract/audit.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { createMemoryStore } from "../testing/memoryStore.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer } from "../testing/testServer.ts";
import { Audit } from "./audit.ts";

const query = (changes: object = {}) => auditQuerySchema.parse(changes);

test("OPS8 each change is recorded with who, from where, before and after", async () => {
  await using place = scratch();
  await using running = await startTestServer({ store: await place.open() });
  const { audit } = running.server.services.store;
  const cookie = await running.signIn();
  const { trpc, ws } = stockClient(running, cookie);
  await trpc.session.open.mutate({ name: "operator", kind: "admin" });
  const person = stockClient(running, "");
  const { sessionId } = await person.trpc.session.open.mutate({ name: "Ada" });

  await trpc.settings.save.mutate({ basedOnRevision: 0, values: { maxSessions: 77 } });
  await trpc.settings.restore.mutate({ revision: 0, basedOnRevision: 1 });
  await trpc.sessions.end.mutate({ id: sessionId, note: "asked to" });
  const { id, token } = await trpc.tokens.create.mutate({ name: "ci", scopes: ["operate"] });
  await (
    await fetch(`${running.http}/api/ends/export?format=csv&reason=idle`, { headers: { authorization: `Bearer ${token}` } })
  ).text();
  await trpc.tokens.revoke.mutate({ id });
  await trpc.system.clockIsRight.mutate();
  await fetch(`${running.http}/admin/sign-out`, { method: "POST", headers: { cookie } });
  for (const socket of [ws, person.ws]) void socket.close();

  // Written in order: once a later write is stored, so are these.
  await running.server.services.store.operators.save({ kind: "ended", ids: [] });
  const { entries } = await audit.page(query());
  const told = entries.toReversed().map(({ action, by, target, before, after }) => [action, by, target, before, after]);
  expect(told).toEqual([
    ["signed_in", "operator", "operator", null, { way: "first_link", client: expect.any(String) }],
    ["settings_changed", "operator", "revision 1", { maxSessions: expect.any(Number) }, { maxSessions: 77 }],
    ["settings_restored", "operator", "revision 2", { maxSessions: 77 }, { maxSessions: expect.any(Number) }],
    ["session_ended", "operator", "Ada", null, { note: "asked to" }],
    ["token_created", "operator", "ci", null, expect.objectContaining({})],
    ["history_exported", "token ci", "csv", null, { filter: "reason=idle" }],
    ["token_revoked", "operator", "ci", null, null],
    ["clock_confirmed", "operator", "", null, null],
    ["signed_out", "operator", "operator", null, null],
  ]);
  expect(new Set(entries.map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  expect(entries.find(({ action }) => action === "session_ended")?.sessionId).toBe(sessionId);
  // It is part of the session's timeline, too.
  const timeline = await running.server.services.store.ends.timeline(sessionId);
  expect(timeline.map(({ type }) => type)).toContain("operator_action");
  expect(JSON.stringify(entries)).not.toContain(token);
});

describe("OPS8 the trail is read in pages and filtered", () => {
  const write = async (count: number) => {
    const place = scratch();
    const store = await place.open();
    const audit = new Audit(store.audit, () => 1_000 + nextMs++);
    let nextMs = 0;
    for (let at = 0; at < count; at += 1) {
      const actor = { name: at % 2 === 0 ? "ada" : "bob", address: "::1" };
      audit.record(at % 3 === 0 ? "token_created" : "token_revoked", actor, { target: `t${at % 5}` });
    }
    // Written in order: once a later write is stored, so are these.
    await store.operators.save({ kind: "ended", ids: [] });
    return { store, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
  };

  test("OPS8 every entry comes once, newest first", async () => {
    await using written = await write(25);
    const seen: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const page = await written.store.audit.page(query({ limit: 10, ...(cursor === undefined ? {} : { cursor }) }));
      seen.push(...page.entries);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 25 }, (_, at) => 1_024 - at));
  });

  test("OPS8 by kind, by whom, by what and by time", async () => {
    await using written = await write(30);
    const count = async (filter: object) => (await written.store.audit.page(query(filter))).entries.length;
    expect(await count({ action: ["token_created"] })).toBe(10);
    expect(await count({ by: "ada" })).toBe(15);
    expect(await count({ target: "t0", by: "ada" })).toBe(3);
    expect(await count({ fromMs: 1_010, toMs: 1_020 })).toBe(10);
    await expect(written.store.audit.page(query({ cursor: "e5" }))).rejects.toMatchObject({ code: "bad_request" });
  });
});

test("OPS8 failed sign-ins are folded per minute, address and account, however many addresses there are", async () => {
  const store = createMemoryStore();
  let nowMs = 0;
  const audit = new Audit(store.audit, () => nowMs);
  const failed = async () => (await store.audit.page(query({ limit: 500 }))).entries.toReversed();
  for (let tries = 0; tries < 50; tries += 1) audit.signInFailed("192.0.2.1", "ada");
  audit.signInFailed("192.0.2.1", "");
  expect((await failed()).map(({ target, count }) => [target, count])).toEqual([
    ["ada", 1],
    ["", 1],
  ]);
  nowMs = 60_001;
  audit.signInFailed("192.0.2.1", "ada");
  expect((await failed()).map(({ target, count }) => [target, count])).toEqual([
    ["ada", 1],
    ["", 1],
    ["ada", 49],
    ["ada", 1],
  ]);
});

test("OPS8 guesses from ten thousand addresses add a bounded number of entries", () => {
  const store = createMemoryStore();
  let records = 0;
  const audit = new Audit(
    {
      ...store.audit,
      record: () => {
        records += 1;
      },
    },
    () => 0,
  );
  for (let at = 0; at < 10_000; at += 1) audit.signInFailed(`192.0.${at >> 8}.${at & 255}`, "");
  audit.flush();
  expect(records).toBe(1_002);
});
