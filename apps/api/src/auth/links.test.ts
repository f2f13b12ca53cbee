/** One-time links: which of them work, and until when. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { FirstLink } from "./firstLink.ts";
import { Keyring } from "./keyring.ts";
import { LINK_LIFETIME_MS, SignInLinks } from "./signInLinks.ts";
import { accountsOn, linkIn, OTHER, PASSWORD } from "./testing/accountsOn.ts";
import { afterNext } from "./testing/afterNext.ts";

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

const names = () => running.server.services.operators.list().map(({ name }) => name);

async function added(cookie: string, name: string): Promise<string> {
  return linkIn((await on.call(cookie, "operators.add", { name, role: "viewer" })).data.path ?? "");
}

async function linkFor(cookie: string, name: string): Promise<string> {
  return linkIn((await on.call(cookie, "operators.link", { name })).data.path ?? "");
}

const afterHashing = (work: () => Promise<unknown>) => afterNext(running.server.services.passwords, "hash", work);

describe("OPS6 links made before the first account", () => {
  test("OPS6 make one account only: the others end with it", async () => {
    const first = await running.signIn();
    const [ada, bob] = [await added(first, "ada"), await added(first, "bob")];
    expect((await on.setPassword(ada, PASSWORD)).status).toBe(204);
    const answer = await on.setPassword(bob, PASSWORD);
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([409, null]);
    expect(names()).toEqual(["ada"]);
  });

  test("OPS6 make one account only when they are used at once", async () => {
    const first = await running.signIn();
    const links = [await added(first, "ada"), await added(first, "bob"), await added(first, "eve")];
    const answers = await Promise.all(links.map((link) => on.setPassword(link, PASSWORD)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
    expect(names()).toHaveLength(1);
  });

  test("OPS6 do not make an account that is no administrator's", async () => {
    const { links, operators } = running.server.services;
    const { path } = links.make({ name: "ada", role: "viewer", by: "command line", first: true }, undefined);
    const answer = await on.setPassword(linkIn(path), PASSWORD);
    expect([answer.status, await answer.json()]).toEqual([
      409,
      { error: { code: "conflict", message: expect.stringContaining("lastbeat operator link ada --role admin") } },
    ]);
    expect(operators.hasAccounts).toBe(false);
  });

  test("OPS6 the server's own is replaced by each newer one, also that of the run before", () => {
    const keyring = new Keyring(null);
    const printed = () => {
      const links = new SignInLinks(keyring, () => 1_000);
      return { links, own: new FirstLink({ operators: running.server.services.operators, links, signsIn: false }) };
    };
    const before = printed();
    const [one, two] = [linkIn(before.own.renew() ?? ""), linkIn(before.own.renew() ?? "")];
    expect([before.links.read(one), before.links.read(two)]).toEqual([
      null,
      expect.objectContaining({ name: null, first: true }),
    ]);
    const after = printed();
    const three = linkIn(after.own.renew() ?? "");
    expect([after.links.read(two), after.links.read(three)]).toEqual([null, expect.objectContaining({ name: null })]);
  });
});

describe("OPS6 a link for a forgotten password", () => {
  test("OPS6 ends when a newer one is made for the same name, and others go on", async () => {
    const admin = await on.account("ada");
    const [bob, eve] = [await added(admin, "bob"), await added(admin, "eve")];
    const newer = await linkFor(admin, "bob");
    expect((await on.setPassword(bob, OTHER)).status).toBe(403);
    expect((await on.setPassword(newer, PASSWORD)).status).toBe(204);
    expect((await on.setPassword(eve, PASSWORD)).status).toBe(204);
  });

  test("OPS6 ends when the password is set in another way", async () => {
    const admin = await on.account("ada");
    const cookie = await on.account("bob", { role: "viewer", by: admin });
    const link = await linkFor(admin, "bob");
    await on.call(cookie, "account.setPassword", { current: PASSWORD, password: OTHER });
    expect((await on.setPassword(link, PASSWORD)).status).toBe(403);
    expect((await on.signIn("bob", OTHER)).status).toBe(204);
  });

  test("OPS6 ends when that happens while its own password is being hashed", async () => {
    const admin = await on.account("ada");
    const link = await linkFor(admin, "ada");
    const { operators, passwords } = running.server.services;
    const reset = await passwords.hash(OTHER);
    afterHashing(() => operators.change("ada", { password: reset }));
    const answer = await on.setPassword(link, "third battery of horses");
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
    expect((await on.signIn("ada", OTHER)).status).toBe(204);
  });

  test("OPS6 made within the same millisecond is older or newer, and after a day both are over", () => {
    const keyring = new Keyring(null);
    let nowMs = 1_000;
    const links = new SignInLinks(keyring, () => nowMs);
    const make = () => linkIn(links.make({ name: "ada", role: "admin", by: "eve", first: false }, { password: null }).path);
    const [older, newer] = [make(), make()];
    expect([links.read(older), links.read(newer)]).toEqual([null, expect.objectContaining({ name: "ada" })]);
    nowMs += LINK_LIFETIME_MS + 10;
    expect([links.read(newer), links.read(make())]).toEqual([null, expect.objectContaining({ name: "ada" })]);
  });

  test("OPS6 of an earlier version is refused, not a fault", async () => {
    const keyring = new Keyring(null);
    const links = new SignInLinks(keyring, () => 0);
    const { path } = links.make({ name: "ada", role: "admin", by: "eve" } as never, undefined);
    expect(links.read(linkIn(path))).toBeNull();
  });
});
