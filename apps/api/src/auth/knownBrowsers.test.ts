/** The cookie of a browser in which an operator has signed in. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { Keyring } from "./keyring.ts";
import { KnownBrowsers } from "./knownBrowsers.ts";
import { accountsOn, OTHER, PASSWORD } from "./testing/accountsOn.ts";

const ada = { name: "ada", password: "$argon2id$1" };
const place = { port: 8000, path: "/", secure: true };
const DAY_MS = 86_400_000;
const pairOf = (line: string) => line.split(";", 1)[0] ?? "";

describe("OPS7 the cookie of a known browser", () => {
  test("OPS7 is sent over TLS from this host alone, as that of the sign-in is", () => {
    const known = new KnownBrowsers(new Keyring(null), () => 0);
    const rest = "Max-Age=15552000; HttpOnly; SameSite=Lax";
    expect(known.cookieFor(ada, place)).toMatch(new RegExp(`^__Host-lastbeat_known_8000=[\\w.-]+; Path=/; ${rest}; Secure$`));
    expect(known.cookieFor(ada, { ...place, path: "/chat" })).toMatch(/^__Secure-lastbeat_known_8000=/);
    expect(known.cookieFor(ada, { ...place, secure: false })).toMatch(
      new RegExp(`^lastbeat_known_8000=[\\w.-]+; Path=/; ${rest}$`),
    );
  });

  test("OPS7 is of one name and one password, of this server, and for half a year", () => {
    const clock = { ms: 0 };
    const known = new KnownBrowsers(new Keyring(null), () => clock.ms);
    const cookie = pairOf(known.cookieFor(ada, place));
    const id = /=([\w-]+)\./.exec(cookie)?.[1];
    expect(known.idIn(`other=1; ${cookie}`, ada)).toBe(id);
    expect(known.idIn(cookie, { ...ada, name: "bob" })).toBeNull();
    expect(known.idIn(cookie, { ...ada, password: "$argon2id$2" })).toBeNull();
    expect(known.idIn(cookie, undefined)).toBeNull();
    expect(known.idIn(undefined, ada)).toBeNull();
    expect(new KnownBrowsers(new Keyring(null), () => 0).idIn(cookie, ada)).toBeNull();
    clock.ms = 180 * DAY_MS;
    expect(known.idIn(cookie, ada)).toBeNull();
  });

  test("OPS7 with any part changed is none", () => {
    const known = new KnownBrowsers(new Keyring(null), () => 0);
    const cookie = pairOf(known.cookieFor(ada, place));
    const [name = "", value = ""] = cookie.split("=");
    const [id = "", expires = "", signature = ""] = value.split(".");
    for (const changed of [
      `x${id}.${expires}.${signature}`,
      `${id}.9${expires}.${signature}`,
      `${id}.${expires}.`,
      `${value}.x`,
      "",
    ])
      expect(known.idIn(`${name}=${changed}`, ada)).toBeNull();
  });
});

describe("OPS7 while strangers guess at the name", () => {
  let running: TestServer;
  let on: ReturnType<typeof accountsOn>;
  beforeEach(async () => {
    running = await startTestServer({ env: { LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" } });
    on = accountsOn(running);
    await on.account("ada");
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await running[Symbol.asyncDispose]();
  });

  const from = (at: number, cookie = "") => ({ "x-forwarded-for": `203.0.113.${at}`, cookie });

  /** Signs in and out. @returns what the browser keeps. */
  async function knownCookie(): Promise<string> {
    const [signIn = "", known = ""] = (await on.signIn("ada", PASSWORD, from(200))).headers.getSetCookie().map(pairOf);
    expect(known).toMatch(/^lastbeat_known_/);
    const out = await on.post("/admin/sign-out", {}, { cookie: `${signIn}; ${known}` });
    expect(out.headers.getSetCookie().filter((line) => line.includes("known"))).toEqual([]);
    return known;
  }

  /** Time stands still: on a slow machine the wait would be over before it is seen. */
  async function guess(times: number, headers: (at: number) => Record<string, string>): Promise<void> {
    vi.spyOn(performance, "now").mockReturnValue(performance.now());
    for (let at = 0; at < times; at += 1) expect((await on.signIn("ada", OTHER, headers(at))).status).toBe(401);
  }

  test("OPS7 a known browser does not wait, wherever it is, but another one does", async () => {
    const known = await knownCookie();
    await guess(10, (at) => from(at));
    expect((await on.signIn("ada", PASSWORD, from(100))).status).toBe(429);
    expect((await on.signIn("ada", PASSWORD, from(100, known))).status).toBe(204);
  });

  test("OPS7 a known browser waits as any other for its own failures, and for its address", async () => {
    const [known, other] = [await knownCookie(), await knownCookie()];
    await guess(10, (at) => from(at, known));
    expect((await on.signIn("ada", PASSWORD, from(100, known))).status).toBe(429);
    // It costs the others nothing.
    expect((await on.signIn("ada", PASSWORD, from(100))).status).toBe(204);
    await guess(10, () => from(101));
    expect((await on.signIn("ada", PASSWORD, from(101, other))).status).toBe(429);
  });

  test("OPS7 a reset makes a browser unknown again", async () => {
    const known = await knownCookie();
    const { operators, passwords } = running.server.services;
    await operators.change("ada", { password: await passwords.hash("third battery of horses") });
    await guess(10, (at) => from(at));
    expect((await on.signIn("ada", PASSWORD, from(100, known))).status).toBe(429);
  });
});
