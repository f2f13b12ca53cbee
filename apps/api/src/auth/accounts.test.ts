/** Named accounts through a real server: links, passwords, sign-ins and what ends them. */
import { eventually } from "@lastbeat/support/eventually";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../contract/audit.ts";
import { openStore } from "../ledger/openStore.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { accountsOn, cookieOf, linkIn, OTHER, PASSWORD } from "./testing/accountsOn.ts";

let running: TestServer;
beforeEach(async () => {
  running = await startTestServer();
});
afterEach(() => running[Symbol.asyncDispose]());

// The server may be another after a restart.
const { post, call, account, signIn } = accountsOn({
  get http() {
    return running.http;
  },
  signIn: () => running.signIn(),
});
const audited = async (): Promise<readonly AuditEntry[]> => (await running.store.audit.page({ limit: 100 })).entries.toReversed();

describe("OPS6 accounts", () => {
  test("OPS6 the first is made from the link, is an administrator, and ends the link's own sign-in", async () => {
    const first = await running.signIn();
    expect((await call(first, "auth.me")).data).toMatchObject({ admin: "operator" });
    // Whatever role is asked for: somebody must be able to add the others.
    const cookie = await account("ada", { role: "viewer", by: first });
    expect((await call(cookie, "auth.me")).data).toMatchObject({
      admin: "ada",
      rights: expect.arrayContaining(["operators:manage"]),
    });
    expect((await call(first, "auth.me")).data).toMatchObject({ admin: null });
    expect(running.server.newSignInPath()).toBeNull();
  });

  test("OPS6 signing in takes name and password; a wrong one, an unknown name and a disabled account get in nowhere", async () => {
    const admin = await account("ada");
    await account("bob", { role: "viewer", by: admin });
    expect((await signIn("ADA", PASSWORD)).status).toBe(204);
    for (const [name, password] of [
      ["ada", OTHER],
      ["nobody", PASSWORD],
      ["", ""],
      ["operator", PASSWORD],
      ["local", PASSWORD],
    ]) {
      const answer = await signIn(String(name), String(password));
      expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
      expect(await answer.json()).toMatchObject({ error: { message: "the name or the password is wrong" } });
    }
    await call(admin, "operators.change", { name: "bob", disabled: true });
    expect((await signIn("bob", PASSWORD)).status).toBe(403);
  });

  test("OPS6 a link works once, for its account only, and not when it was changed", async () => {
    const admin = await account("ada");
    const { data } = await call(admin, "operators.add", { name: "bob", role: "operator" });
    const link = linkIn(data.path ?? "");
    const [payload = "", signature] = link.split(".");
    const raised = Buffer.from(payload, "base64url").toString().replace('"operator"', '"admin"');
    const forged = `${Buffer.from(raised).toString("base64url")}.${signature}`;
    expect((await post("/admin/set-password", { link: forged, password: PASSWORD })).status).toBe(403);
    expect((await post("/admin/set-password", { link, password: "short" })).status).toBe(400);
    expect((await post("/admin/set-password", { link, name: "ada", password: OTHER })).status).toBe(204);
    expect((await post("/admin/set-password", { link, password: OTHER })).status).toBe(403);
    expect([(await signIn("ada", OTHER)).status, (await signIn("bob", OTHER)).status]).toEqual([401, 204]);
  });

  test("OPS6 two uses of one link at once make one password", async () => {
    const admin = await account("ada");
    const { data } = await call(admin, "operators.add", { name: "bob", role: "operator" });
    const body = { link: linkIn(data.path ?? ""), password: PASSWORD };
    const answers = await Promise.all([post("/admin/set-password", body), post("/admin/set-password", body)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
  });

  test("OPS6 another role, a new password and being disabled end every sign-in of that operator at once", async () => {
    const admin = await account("ada");
    const changes = [
      () => call(admin, "operators.change", { name: "bob", role: "operator" }),
      () => call(admin, "operators.change", { name: "bob", disabled: true }),
    ];
    await account("bob", { role: "viewer", by: admin });
    for (const change of changes) {
      const cookie = cookieOf(await signIn("bob", PASSWORD));
      const page = stockClient(running, cookie);
      await page.trpc.session.open.mutate({ name: "operator", kind: "admin" });
      expect((await change()).status).toBe(200);
      await eventually(() => expect(page.closes).toEqual([4504]));
      void page.ws.close();
      expect((await call(cookie, "account.get")).status).toBe(401);
    }
  });

  test("OPS6 the only administrator can neither step down nor be disabled", async () => {
    const admin = await account("ada");
    await account("bob", { role: "viewer", by: admin });
    for (const change of [{ role: "operator" }, { disabled: true }]) {
      const answer = await call(admin, "operators.change", { name: "ada", ...change });
      expect([answer.status, answer.message]).toEqual([409, expect.stringContaining("only administrator")]);
    }
    expect((await call(admin, "operators.change", { name: "bob", role: "admin" })).status).toBe(200);
    expect((await call(admin, "operators.change", { name: "ada", role: "viewer" })).status).toBe(200);
  });

  test("OPS6 an operator sees and ends own sign-ins, here and everywhere; only those who manage operators see all", async () => {
    const admin = await account("ada");
    const cookie = await account("bob", { role: "operator", by: admin });
    await post("/admin/sign-in", { name: "bob", password: PASSWORD }, { "user-agent": "Phone" });
    const { data } = await call(cookie, "account.get");
    const own = data.signIns as unknown as { id: string; client: string; isThis: boolean; address: string }[];
    expect(own.map(({ client, isThis }) => [client, isThis])).toContainEqual(["Phone", false]);
    expect(own.filter(({ isThis }) => isThis)).toHaveLength(1);
    const all = (await call(admin, "operators.signIns")).data as never as { id: string; operator: string }[];
    const adas = all.find(({ operator }) => operator === "ada")?.id;
    expect((await call(cookie, "account.endSignIn", { id: adas })).status).toBe(404);
    expect((await call(cookie, "operators.signIns")).status).toBe(403);
    expect((await call(cookie, "account.endSignIn", { id: own.find(({ isThis }) => !isThis)?.id })).status).toBe(200);
    expect((await call(cookie, "account.signOutEverywhere", {})).status).toBe(200);
    expect((await call(cookie, "auth.me")).data).toMatchObject({ admin: null });
    expect((await call(admin, "auth.me")).data).toMatchObject({ admin: "ada" });
  });

  test("OPS6 the name is no password, neither with a link nor in a change of one's own", async () => {
    const admin = await account("ada");
    const { data } = await call(admin, "operators.add", { name: "bob.with.a.long.name", role: "viewer" });
    const [link, password] = [linkIn(data.path ?? ""), "Bob.With.A.Long.Name"];
    expect((await post("/admin/set-password", { link, password })).status).toBe(400);
    const bob = cookieOf(await post("/admin/set-password", { link, password: PASSWORD }));
    expect((await call(bob, "account.setPassword", { current: PASSWORD, password })).status).toBe(400);
    expect((await signIn("bob.with.a.long.name", PASSWORD)).status).toBe(204);
  });

  test("OPS8 what failed while the server stops is recorded", async () => {
    await account("ada");
    await signIn("ada", OTHER);
    const leaving = stockClient(running);
    await leaving.trpc.session.open.mutate({ name: "Bea" });
    const { audit } = running.server.services;
    // The last session ends long after the stop has begun.
    running.server.services.keeper.on("ended", () => {
      for (let tries = 0; tries < 3; tries += 1) audit.signInFailed("127.0.0.1", "ada");
    });
    await running.server.close();
    const failed = (await audited()).filter(({ action }) => action === "sign_in_failed");
    expect(failed.map(({ target, count }) => [target, count])).toEqual([
      ["ada", 1],
      ["ada", 3],
    ]);
  });

  test("OPS6 a password is changed by whoever knows the old one", async () => {
    const cookie = await account("ada");
    expect((await call(cookie, "account.setPassword", { current: OTHER, password: OTHER })).status).toBe(403);
    expect((await call(cookie, "account.setPassword", { current: PASSWORD, password: OTHER })).status).toBe(200);
    expect((await call(cookie, "auth.me")).data).toMatchObject({ admin: null });
    expect([(await signIn("ada", PASSWORD)).status, (await signIn("ada", OTHER)).status]).toEqual([401, 204]);
  });

  test("OPS6 a form of another site signs nobody in", async () => {
    await account("ada");
    const body = JSON.stringify({ name: "ada", password: PASSWORD });
    const asForm = await fetch(`${running.http}/admin/sign-in`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body,
    });
    expect([asForm.status, asForm.headers.get("set-cookie")]).toEqual([400, null]);
    const foreign = await post("/admin/sign-in", { name: "ada", password: PASSWORD }, { origin: "https://evil.example" });
    expect([foreign.status, foreign.headers.get("set-cookie")]).toEqual([403, null]);
  });
});

describe("OPS7 guessing", () => {
  test("OPS7 makes the address wait, for every name and with the right password too", async () => {
    await account("ada");
    for (let tries = 0; tries < 10; tries++) expect((await signIn(`name${tries}`, OTHER)).status).toBe(401);
    const answer = await signIn("ada", PASSWORD);
    expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([429, 1]);
  });

  test("OPS7 leaves a few entries in the audit trail, and neither password nor unknown name anywhere", async () => {
    await account("ada");
    for (let tries = 0; tries < 5; tries++) await signIn("ada", "my-secret-password");
    for (let tries = 0; tries < 4; tries++) await signIn("my-secret-password", "");
    running.server.services.audit.flush();
    const failed = (await audited()).filter(({ action }) => action === "sign_in_failed");
    expect(failed.map(({ target, count }) => [target, count])).toEqual([
      ["ada", 1],
      ["", 1],
      ["ada", 4],
      ["", 3],
    ]);
    const everything = JSON.stringify([await audited(), running.lines, running.logFields]);
    expect(everything).not.toContain("my-secret-password");
    expect(everything).not.toContain(PASSWORD);
  });
});

test("OPS6 accounts and sign-ins are in the database, and come back after a restart", async () => {
  await using place: Scratch = scratch();
  const open = () =>
    openStore({
      file: place.file,
      retentionDays: 0,
      queueLimit: 1_000,
      durability: "process",
      bootVersion: "0",
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
  const start = async () => startTestServer({ store: await open(), env: { LASTBEAT_LEDGER_FILE: place.file } });
  await running[Symbol.asyncDispose]();
  running = await start();
  const cookie = await account("ada");
  await running[Symbol.asyncDispose]();
  running = await start();
  expect((await call(cookie, "auth.me")).data).toMatchObject({ admin: "ada" });
  expect((await signIn("ada", PASSWORD)).status).toBe(204);
  // Written in the background, after the answer.
  await eventually(async () => {
    const { entries } = await running.server.services.store.audit.page({ limit: 100, target: "ada" });
    expect(entries.map(({ action, by }) => [action, by])).toEqual([
      ["signed_in", "ada"],
      ["signed_in", "ada"],
      ["operator_added", "ada"],
      ["link_made", "operator"],
    ]);
  });
  const [stored] = place.sql<{ password: string }>("SELECT password FROM operators");
  expect(stored?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
});
