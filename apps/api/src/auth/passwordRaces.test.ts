/** Passwords that are replaced while one is being compared or hashed. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { Passwords } from "./passwords.ts";
import { accountsOn, OTHER, PASSWORD } from "./testing/accountsOn.ts";
import { afterNext } from "./testing/afterNext.ts";

const THIRD = "third battery of horses";

let running: TestServer;
let on: ReturnType<typeof accountsOn>;
beforeEach(async () => {
  running = await startTestServer();
  on = accountsOn(running);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await running[Symbol.asyncDispose]();
});

const reset = async (name: string, password: string) => {
  const { operators, passwords } = running.server.services;
  await operators.change(name, { password: await passwords.hash(password) });
};

const afterComparing = (work: () => Promise<unknown>) => afterNext(running.server.services.passwords, "matches", work);

describe("OPS6 a reset ends the old password", () => {
  test("OPS6 for a sign-in that was under way, and the new one is good", async () => {
    await on.account("ada");
    afterComparing(() => reset("ada", OTHER));
    const old = await on.signIn("ada", PASSWORD);
    expect([old.status, old.headers.get("set-cookie")]).toEqual([401, null]);
    afterComparing(() => reset("ada", THIRD));
    expect((await on.signIn("ada", THIRD)).status).toBe(204);
  });

  test("OPS6 for whoever was changing it, and the reset stands", async () => {
    const cookie = await on.account("ada");
    afterComparing(() => reset("ada", OTHER));
    const answer = await on.call(cookie, "account.setPassword", { current: PASSWORD, password: THIRD });
    expect([answer.status, answer.message]).toEqual([409, expect.stringContaining("changed meanwhile")]);
    expect([(await on.signIn("ada", THIRD)).status, (await on.signIn("ada", OTHER)).status]).toEqual([401, 204]);
  });

  test("OPS6 for a hash that was being renewed", async () => {
    await on.account("ada");
    const { operators, passwords } = running.server.services;
    const cheap = await new Passwords({ memoryKiB: 1_024, passes: 1, lanes: 1 }).hash(PASSWORD);
    await operators.change("ada", { password: cheap });
    const hash = passwords.hash.bind(passwords);
    vi.spyOn(passwords, "hash").mockImplementationOnce(async (password) => {
      const renewed = await hash(password);
      await reset("ada", OTHER);
      return renewed;
    });
    expect((await on.signIn("ada", PASSWORD)).status).toBe(401);
    expect((await on.signIn("ada", OTHER)).status).toBe(204);
  });

  test("OPS6 a hash by old parameters is renewed, by several sign-ins at once too", async () => {
    await on.account("ada");
    const { operators } = running.server.services;
    const cheap = await new Passwords({ memoryKiB: 1_024, passes: 1, lanes: 1 }).hash(PASSWORD);
    await operators.change("ada", { password: cheap });
    const answers = await Promise.all([on.signIn("ada", PASSWORD), on.signIn("ada", PASSWORD)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(operators.account("ada")?.password).toMatch(/^\$argon2id\$v=19\$m=19456,/);
  });

  test("OPS6 an account that is disabled during the sign-in stays outside", async () => {
    const admin = await on.account("ada");
    await on.account("bob", { role: "viewer", by: admin });
    afterComparing(() => running.server.services.operators.change("bob", { disabledAtMs: 1 }));
    const answer = await on.signIn("bob", PASSWORD);
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
  });
});
