/** Operators who sign in through an OpenID provider, with a real one over HTTP that lies when told to. */
import { createServer } from "node:net";
import { CLIENT_ID, CLIENT_SECRET, startIssuer, type TestIssuer } from "@lastbeat/support/openIdIssuer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemoryStore } from "../../testing/memoryStore.ts";
import { startTestServer, type TestServer } from "../../testing/testServer.ts";
import { Operators } from "../operators.ts";
import { Browser } from "./testing/browser.ts";

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const problem = (which: string) => `/admin?sign_in_problem=${which}`;

let issuer: TestIssuer;
let running: TestServer;
let browser: Browser;

const envFor = (url: string) => ({
  LASTBEAT_OPERATORS_OIDC_ISSUER: url,
  LASTBEAT_OPERATORS_OIDC_CLIENT_ID: CLIENT_ID,
  LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: CLIENT_SECRET,
  LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "groups",
  LASTBEAT_OPERATORS_OIDC_ADMINS: "lastbeat-admins",
  LASTBEAT_OPERATORS_OIDC_OPERATORS: "support",
  LASTBEAT_OPERATORS_OIDC_VIEWERS: "everybody",
});

async function serve(env: Record<string, string> = {}, now?: () => number): Promise<void> {
  running = await startTestServer({ env: { ...envFor(issuer.url), ...env }, ...(now && { now }) });
  await running.server.services.operators.add({ name: "root", role: "admin", createdBy: "test" });
}

async function me(of: Browser): Promise<{ admin: string | null; rights: string[] }> {
  const cookie = [...of.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await fetch(`${running.http}/trpc/auth.me`, { headers: { cookie } });
  return ((await response.json()) as { result: { data: { admin: string | null; rights: string[] } } }).result.data;
}

async function change(by: Browser, input: object): Promise<unknown> {
  const cookie = [...by.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { cookie, "content-type": "application/json" };
  const response = await fetch(`${running.http}/trpc/operators.change`, { method: "POST", headers, body: JSON.stringify(input) });
  const { result, error } = (await response.json()) as { result?: { data: unknown }; error?: { message: string } };
  return result?.data ?? error?.message;
}

const audited = async () => (await running.store.audit.page({ limit: 100 })).entries.toReversed();

beforeEach(async () => {
  issuer = await startIssuer();
  issuer.user = { sub: "u-1", email: "Ada@example.com", groups: ["everybody", "support"] };
  browser = new Browser();
});
afterEach(async () => {
  await running[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

describe("OPS10 the way there and back", () => {
  beforeEach(() => serve());

  test("OPS10 whoever has a value of the role claim is signed in, with the greatest role that it gives", async () => {
    expect(await browser.signIn(running.http)).toBe("/admin");
    expect(await me(browser)).toMatchObject({ admin: "ada@example.com" });
    expect((await me(browser)).rights).toContain("sessions:end");
    expect((await me(browser)).rights).not.toContain("operators:manage");
    expect((await audited()).map(({ action, by, after }) => [action, by, after])).toEqual([
      ["operator_added", "identity provider", { role: "operator" }],
      ["signed_in", "ada@example.com", { way: "oidc", client: expect.any(String) }],
    ]);
    // Nothing of the attempt is left in the browser.
    expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^lastbeat_admin_\d+$/)]);
  });

  test("OPS10 the page is told that there is this way", async () => {
    const response = await fetch(`${running.http}/trpc/auth.ways`);
    expect(await response.json()).toMatchObject({ result: { data: { oidc: "your company's account" } } });
  });

  test("OPS10 without a value of the role claim nobody gets in, and whoever was in is out", async () => {
    await browser.signIn(running.http);
    issuer.user = { ...issuer.user, groups: ["cooks"] };
    expect(await new Browser().signIn(running.http)).toBe(problem("no_role"));
    expect((await me(browser)).admin).toBeNull();
    expect((await audited()).slice(-2)).toMatchObject([
      { action: "operator_changed", by: "identity provider", before: { role: "operator" }, after: { role: "viewer" } },
      { action: "sign_in_failed", target: "ada@example.com" },
    ]);
  });

  test("OPS10 another role at the provider is another role here, and ends what the old one began", async () => {
    await browser.signIn(running.http);
    issuer.user = { ...issuer.user, groups: "everybody" };
    const second = new Browser();
    await second.signIn(running.http);
    expect((await me(second)).rights).not.toContain("sessions:end");
    expect((await me(browser)).admin).toBeNull();
    expect(await audited()).toContainEqual(
      expect.objectContaining({
        action: "operator_changed",
        before: { role: "operator" },
        after: { role: "viewer" },
      }),
    );
  });

  test("OPS10 a disabled account stays out, whatever the provider says", async () => {
    await browser.signIn(running.http);
    await running.server.services.operators.change("ada@example.com", { disabledAtMs: 1 });
    expect(await new Browser().signIn(running.http)).toBe(problem("disabled"));
    expect((await me(browser)).admin).toBeNull();
  });

  test("OPS10 a name is no proof: neither a password account nor another subject's is taken over", async () => {
    await running.server.services.operators.add({ name: "root@example.com", role: "admin", createdBy: "test", password: "x" });
    issuer.user = { ...issuer.user, email: "root@example.com" };
    expect(await browser.signIn(running.http)).toBe(problem("name_taken"));
    issuer.user = { ...issuer.user, email: "ada@example.com" };
    expect(await browser.signIn(running.http)).toBe("/admin");
    issuer.user = { ...issuer.user, sub: "u-2" };
    expect(await new Browser().signIn(running.http)).toBe(problem("name_taken"));
  });

  test("OPS10 the same person under another name keeps the account", async () => {
    await browser.signIn(running.http);
    issuer.user = { ...issuer.user, email: "ada.lovelace@example.com" };
    const second = new Browser();
    await second.signIn(running.http);
    expect((await me(second)).admin).toBe("ada@example.com");
  });

  test("OPS10 nobody but the provider decides the role of its people", async () => {
    issuer.user = { ...issuer.user, groups: ["lastbeat-admins"] };
    await browser.signIn(running.http);
    expect(await change(browser, { name: "ada@example.com", role: "viewer" })).toMatch(/identity provider decides/);
  });

  test("OPS10 a name that no account may have is refused, and says so", async () => {
    issuer.user = { ...issuer.user, email: "Ada Lovelace <script>" };
    expect(await browser.signIn(running.http)).toBe(problem("bad_name"));
  });

  test("OPS10 the provider's refusal is told as such", async () => {
    issuer.denies = "access_denied";
    expect(await browser.signIn(running.http)).toBe(problem("denied"));
  });
});

describe("OPS10 answers that are no answers", () => {
  beforeEach(() => serve());

  test("OPS10 an answer opened in another browser signs nobody in: a stranger's account is forced upon no one", async () => {
    const answer = await browser.toCallback(running.http);
    const victim = new Browser();
    expect((await victim.get(answer)).location).toBe(problem("stale"));
    expect((await me(victim)).admin).toBeNull();
    expect(issuer.tokenRequests).toBe(0);
  });

  test("OPS10 an answer to another attempt of the same browser is refused", async () => {
    const first = await browser.toCallback(running.http);
    await browser.toCallback(running.http);
    expect((await browser.get(first)).location).toBe(problem("stale"));
    expect(issuer.tokenRequests).toBe(0);
  });

  test("OPS10 an answer works once", async () => {
    const answer = await browser.toCallback(running.http);
    const before = new Map(browser.cookies);
    await browser.get(answer);
    expect((await browser.get(answer)).location).toBe(problem("stale"));
    // Even with the cookie kept: then the provider refuses the code.
    const copy = new Browser();
    for (const [name, value] of before) copy.cookies.set(name, value);
    expect((await copy.get(answer)).location).toBe(problem("failed"));
    expect((await me(copy)).admin).toBeNull();
  });

  test("OPS10 a code of another attempt is refused by its verifier", async () => {
    const other = new Browser();
    const stolen = new URL(await other.toCallback(running.http)).searchParams.get("code") ?? "";
    const own = new URL(await browser.toCallback(running.http));
    own.searchParams.set("code", stolen);
    expect((await browser.get(own.href)).location).toBe(problem("failed"));
  });

  test.each([
    ["another nonce", { claims: { nonce: "x" } }],
    ["no nonce", { claims: { nonce: undefined } }],
    ["another audience", { claims: { aud: "somebody-else" } }],
    ["another issuer", { claims: { iss: "https://evil.example.com" } }],
    ["an expiry that is past", { claims: { exp: inSeconds(-600), iat: inSeconds(-900) } }],
    ["no subject", { claims: { sub: undefined as unknown as string } }],
    ["a subject that is too long", { claims: { sub: "x".repeat(300) } }],
    ["the signature of an unknown key", { otherKey: true }],
  ])("OPS10 an ID token with %s signs nobody in", async (_, lies) => {
    issuer.lies = lies;
    expect(await browser.signIn(running.http)).toBe(problem("failed"));
    expect((await me(browser)).admin).toBeNull();
    expect(running.server.services.operators.list().map(({ name }) => name)).toEqual(["root"]);
  });

  test("OPS10 whoever sends bad codes over and over waits, and the provider is left alone", async () => {
    const send = async (code: string) => {
      const answer = new URL(await browser.toCallback(running.http));
      if (code !== "") answer.searchParams.set("code", code);
      return (await browser.get(answer.href)).location;
    };
    for (let tries = 0; tries < 10; tries += 1) expect(await send(`guess-${tries}`)).toBe(problem("failed"));
    const asked = issuer.tokenRequests;
    expect(await send("")).toBe(problem("wait"));
    expect(issuer.tokenRequests).toBe(asked);
  });

  test("OPS10 answers that nobody asked for, which any page can have a browser send, count against nobody", async () => {
    for (let tries = 0; tries < 30; tries += 1) await browser.get(`${running.http}/admin/oidc/callback?code=x&state=y`);
    issuer.denies = "access_denied";
    for (let tries = 0; tries < 12; tries += 1) expect(await browser.signIn(running.http)).toBe(problem("denied"));
    issuer.denies = null;
    expect(await browser.signIn(running.http)).toBe("/admin");
    expect((await audited()).map(({ action }) => action)).toEqual(["operator_added", "signed_in"]);
  });

  test("OPS10 what is wrong with the provider or its registration is in the log, once", async () => {
    const said = () => running.logFields.filter((fields) => fields.includes('"cause"')).at(-1);
    issuer.denies = "invalid_scope";
    for (let tries = 0; tries < 5; tries += 1) expect(await browser.signIn(running.http)).toBe(problem("unavailable"));
    expect(running.lines.filter((line) => line === "warn The identity provider cannot be asked")).toHaveLength(1);
    expect(said()).toContain("invalid_scope");
    issuer.denies = null;
    issuer.lies = { claims: { aud: "somebody-else" } };
    await browser.signIn(running.http);
    expect(said()).toContain("claim aud");
  });

  test("OPS10 the log holds neither codes nor tokens nor the secret", async () => {
    const answer = await browser.toCallback(running.http);
    issuer.lies = { claims: { aud: "somebody-else" } };
    await browser.get(answer);
    issuer.lies = { status: 500 };
    await browser.signIn(running.http);
    const logged = JSON.stringify([running.lines, running.logFields]);
    expect(logged).toContain("OAUTH_JWT_CLAIM_COMPARISON_FAILED");
    for (const secret of [new URL(answer).searchParams.get("code") ?? "", CLIENT_SECRET, "eyJ"])
      expect(logged).not.toContain(secret);
  });
});

test("OPS10 an attempt that took too long is refused", async () => {
  let nowMs = Date.now();
  await serve({}, () => nowMs);
  const answer = await browser.toCallback(running.http);
  nowMs += 10 * 60_000 + 1;
  expect((await browser.get(answer)).location).toBe(problem("stale"));
});

test("OPS10 a provider that is down keeps the server from nothing, and is found again when it is back", async () => {
  const port = await freePort();
  await issuer[Symbol.asyncDispose]();
  running = await startTestServer({ env: envFor(`http://127.0.0.1:${port}`) });
  await running.server.services.operators.add({ name: "root", role: "admin", createdBy: "test" });
  expect((await browser.get(`${running.http}/admin/oidc/sign-in`)).location).toBe(problem("unavailable"));
  expect(running.lines).toContain("warn The identity provider cannot be asked");
  issuer = await startIssuer(port);
  issuer.user = { sub: "u-1", email: "ada@example.com", groups: ["support"] };
  expect(await browser.signIn(running.http)).toBe("/admin");
  issuer.lies = { status: 503 };
  expect(await browser.signIn(running.http)).toBe(problem("unavailable"));
});

test("OPS10 behind a proxy with TLS and a base path, addresses and cookies are those of the outside", async () => {
  await serve({ LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback", LASTBEAT_SERVER_BASE_PATH: "/live" });
  const outside = {
    "x-forwarded-proto": "https",
    "x-forwarded-host": "Chat.example.com",
    "x-forwarded-port": "443",
    "x-forwarded-for": "198.51.100.7",
  };
  browser = new Browser(outside);
  const callback = await browser.toCallback(`${running.http}/live`);
  expect(callback).toMatch(/^https:\/\/chat\.example\.com\/live\/admin\/oidc\/callback\?/);
  expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^__Secure-lastbeat_oidc_/)]);
  const { location } = await browser.get(callback.replace("https://chat.example.com", running.http));
  expect(location).toBe("/live/admin");
  expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^__Secure-lastbeat_admin_/)]);
});

test.each(["chat.example.com:99999", "1.2.3.999", "[:::::]"])(
  "OPS10 the host %s, which a proxy passed on, is no error of the server's",
  async (host) => {
    await serve({ LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" });
    browser = new Browser({ "x-forwarded-host": host, "x-forwarded-for": "198.51.100.7" });
    const answer = new URL(await browser.toCallback(running.http));
    expect((await browser.get(`${running.http}/admin/oidc/callback${answer.search}`)).location).toBe("/admin");
    expect(running.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  },
);

test.each([
  ["a client secret that it does not know", { otherSecret: true }, "invalid_client"],
  ["another name than the one that is configured", { issuer: "https://evil.example.com" }, "does not match the expected issuer"],
])("OPS10 a provider with %s signs nobody in, and the log says why", async (_, lies, why) => {
  await serve();
  issuer.lies = lies;
  expect(await browser.signIn(running.http).catch(() => "")).toMatch(/^$|unavailable/);
  expect((await me(browser)).admin).toBeNull();
  expect(running.logFields.join()).toContain(why);
});

test("OPS10 somebody known loses a role although the name claim is gone, and keeps one likewise", async () => {
  await serve();
  issuer.user = { sub: "u-1", email: "ada@example.com", groups: ["lastbeat-admins"] };
  await browser.signIn(running.http);
  issuer.user = { sub: "u-1", groups: ["everybody"] };
  const second = new Browser();
  expect(await second.signIn(running.http)).toBe("/admin");
  expect((await me(browser)).admin).toBeNull();
  expect((await me(second)).rights).not.toContain("operators:manage");
  issuer.user = { sub: "u-1" };
  expect(await new Browser().signIn(running.http)).toBe(problem("no_role"));
  expect((await me(second)).admin).toBeNull();
});

test("OPS10 the first account is an administrator's, by the provider, too", async () => {
  running = await startTestServer({ env: envFor(issuer.url) });
  expect(await browser.signIn(running.http)).toBe(problem("no_admin"));
  expect(running.server.newSignInPath()).not.toBeNull();
  issuer.user = { ...issuer.user, groups: ["lastbeat-admins"] };
  expect(await browser.signIn(running.http)).toBe("/admin");
});

test("OPS10 a store that takes nothing keeps nobody out, and what happened is audited", async () => {
  await serve();
  running.store.operators.save = () => Promise.reject(new Error("database or disk is full"));
  expect(await browser.signIn(running.http)).toBe("/admin");
  expect((await audited()).map(({ action }) => action)).toEqual(["operator_added", "signed_in"]);
  expect(running.lines).not.toContain("warn The identity provider cannot be asked");
});

test("OPS10 an account that an administrator released goes to whoever has its name at the provider now", async () => {
  await serve();
  issuer.user = { ...issuer.user, groups: ["lastbeat-admins"] };
  await browser.signIn(running.http);
  issuer.user = { ...issuer.user, sub: "u-1-of-another-realm" };
  expect(await new Browser().signIn(running.http)).toBe(problem("name_taken"));
  const released = await change(browser, { name: "ada@example.com", external: false });
  expect(released).toMatchObject({ isExternal: false, hasPassword: false });
  expect((await me(browser)).admin).toBeNull();
  expect(await new Browser().signIn(running.http)).toBe("/admin");
});

test("OPS10 sign-ins through a provider that is asked no more end with the next start", async () => {
  await serve();
  const { operators: store } = createMemoryStore();
  const load = (issuer: string | null) =>
    Operators.load({ store, now: () => 1, sessionMs: 1_000, issuer, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const before = await load("https://id.example.com");
  before.vouched({ subject: "https://id.example.com u-1", name: "ada", role: "admin" });
  await before.add({ name: "bob", role: "admin", createdBy: "test" });
  before.signIn("ada", { way: "oidc", address: "", client: "" });
  before.signIn("bob", { way: "password", address: "", client: "" });
  const who = async (issuer: string | null) =>
    (await load(issuer))
      .signIns()
      .map(({ operator }) => operator)
      .sort();
  expect(await who("https://id.example.com/")).toEqual(["ada", "bob"]);
  expect(await who("https://id.example.org")).toEqual(["bob"]);
  expect(await who(null)).toEqual(["bob"]);
});

test("OPS10 an address that the provider has not verified names nobody", async () => {
  await serve();
  issuer.user = { ...issuer.user, email_verified: false };
  expect(await browser.signIn(running.http)).toBe(problem("bad_name"));
});

test("OPS10 an e-mail address decides a role only if the provider has verified it", async () => {
  await serve({ LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "email", LASTBEAT_OPERATORS_OIDC_ADMINS: "ada@example.com" });
  issuer.user = { sub: "u-9", email: "ada@example.com" };
  expect(await browser.signIn(running.http)).toBe(problem("no_role"));
  issuer.user = { sub: "u-1", email: "ada@example.com", email_verified: true };
  expect(await browser.signIn(running.http)).toBe("/admin");
  expect((await me(browser)).rights).toContain("operators:manage");
});

test("OPS10 without a provider there is no way there", async () => {
  running = await startTestServer();
  expect((await browser.get(`${running.http}/admin/oidc/callback?code=x&state=y`)).location).toBeNull();
});

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
