/** Who guesses passwords, and who shares a name or an address with a guesser. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { accountsOn, OTHER, PASSWORD } from "./testing/accountsOn.ts";

let running: TestServer;
let on: ReturnType<typeof accountsOn>;
beforeEach(async () => {
  running = await startTestServer({ env: { LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" } });
  on = accountsOn(running);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await running[Symbol.asyncDispose]();
});

const from = (at: number) => ({ "x-forwarded-for": `203.0.${at >> 8}.${at & 255}` });
const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status).sort();

/** Ten failures for the name, each from another address. Time stands still: on a slow machine the wait would be over before it is seen. */
async function guessFromEverywhere(name: string): Promise<void> {
  vi.spyOn(performance, "now").mockReturnValue(performance.now());
  for (let at = 0; at < 10; at += 1) expect((await on.signIn(name, OTHER, from(at))).status).toBe(401);
}

describe("OPS7 a name that is guessed at from many addresses", () => {
  test("OPS7 waits everywhere, whether there is such an account or not, but no other name does", async () => {
    const admin = await on.account("ada");
    await on.account("bob", { role: "viewer", by: admin });
    running.server.services.operators.signOut(running.server.services.operators.signIns("ada").map(({ id }) => id));
    await guessFromEverywhere("ada");
    await guessFromEverywhere("nobody");
    for (const name of ["ada", " ADA ", "nobody"]) {
      const answer = await on.signIn(name, PASSWORD, from(900));
      expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([429, 1]);
    }
    expect((await on.signIn("bob", PASSWORD, from(900))).status).toBe(204);
  });

  test("OPS7 does not wait where that operator is signed in", async () => {
    await on.account("ada");
    expect((await on.signIn("ada", PASSWORD, from(900))).status).toBe(204);
    await guessFromEverywhere("ada");
    expect((await on.signIn("ada", PASSWORD, from(901))).status).toBe(429);
    expect((await on.signIn("ada", PASSWORD, from(900))).status).toBe(204);
  });
});

describe("OPS7 many sign-ins at once", () => {
  test("OPS7 from one address are no more than may fail in turn", async () => {
    await on.account("ada");
    const { passwords } = running.server.services;
    const compared = vi.spyOn(passwords, "matches");
    const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => on.signIn(`name${at}`, OTHER, from(1))));
    expect(compared.mock.calls.length).toBeLessThanOrEqual(10);
    expect(new Set(statuses(answers))).toEqual(new Set([401, 429]));
    for (const { status, headers } of answers) expect(headers.get("retry-after")).toBe(status === 429 ? "1" : null);
  });

  test("OPS7 for one name are no more either", async () => {
    await on.account("ada");
    const compared = vi.spyOn(running.server.services.passwords, "matches");
    const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => on.signIn("ada", OTHER, from(at))));
    expect(compared.mock.calls.length).toBeLessThanOrEqual(10);
    expect(new Set(statuses(answers))).toEqual(new Set([401, 429]));
  });

  test("OPS7 nor are changes of a password with a guessed one", async () => {
    const cookie = await on.account("ada");
    const compared = vi.spyOn(running.server.services.passwords, "matches");
    const change = () => on.call(cookie, "account.setPassword", { current: OTHER, password: OTHER });
    const answers = await Promise.all(Array.from({ length: 60 }, change));
    expect(compared.mock.calls.length).toBeLessThanOrEqual(10);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403, 429]));
  });
});

test("OPS7 an unknown name, one without a password and a wrong password are compared once each", async () => {
  const admin = await on.account("ada");
  await on.call(admin, "operators.add", { name: "bob", role: "viewer" });
  const { passwords } = running.server.services;
  const before = passwords.computed;
  const counts: number[] = [];
  for (const name of ["ada", "bob", "nobody", "not a name", ""]) {
    const computed = passwords.computed;
    expect((await on.signIn(name, OTHER)).status).toBe(401);
    counts.push(passwords.computed - computed);
  }
  expect([before > 0, counts]).toEqual([true, [1, 1, 1, 1, 1]]);
});

test("OPS9 an expired token is refused over REST with 401", async () => {
  const { tokens } = running.server.services;
  const { token } = await tokens.create("old", ["audit:read"], Date.now() - 1);
  const answer = await fetch(`${running.http}/api/audit`, { headers: { authorization: `Bearer ${token}`, ...from(1) } });
  expect([answer.status, await answer.json()]).toEqual([
    401,
    { error: { code: "unauthorized", message: expect.stringContaining("expired") } },
  ]);
});
