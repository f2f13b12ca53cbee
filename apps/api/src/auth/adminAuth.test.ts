import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemoryStore, type MemoryStore } from "../testing/memoryStore.ts";
import { AdminAuth, cookiesOf } from "./adminAuth.ts";
import { CookieSigner } from "./cookieSigner.ts";
import { Keyring } from "./keyring.ts";
import { OneTimeToken } from "./oneTimeToken.ts";
import { FIRST_OPERATOR, Operators } from "./operators.ts";

const place = { port: 8000, path: "/", secure: false };
const origin = { way: "first_link", address: "127.0.0.1", client: "" } as const;

let folder: string;
let store: MemoryStore;
let nowMs: number;

const file = () => join(folder, "data/operators.json");

/** A server's, after a restart on the same files too. */
async function start() {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const now = () => nowMs;
  const operators = await Operators.load({ store: store.operators, now, sessionMs: 12 * 3_600_000, issuer: null, log });
  return { operators, auth: new AdminAuth(new CookieSigner(new Keyring(file()), now), operators) };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-auth-"));
  store = createMemoryStore();
  nowMs = 1_000_000;
});

afterEach(() => rmSync(folder, { recursive: true }));

type Started = Awaited<ReturnType<typeof start>>;

function signedIn({ operators, auth }: Started): string {
  return auth.cookieFor(operators.signIn(FIRST_OPERATOR, origin), place).split(";", 1)[0] ?? "";
}

const nameIn = ({ auth }: Started, cookie: string) => auth.signInOf(auth.identify(cookie))?.name ?? null;

describe("an operator's cookie", () => {
  test("survives a restart until it expires", async () => {
    const cookie = signedIn(await start());
    expect(nameIn(await start(), cookie)).toBe("operator");
    nowMs += 12 * 3_600_000;
    expect(nameIn(await start(), cookie)).toBeNull();
  });

  test("is invalid after signing out, even after a restart and for existing connections", async () => {
    const started = await start();
    const cookie = signedIn(started);
    const identity = started.auth.identify(cookie);
    const signIn = started.auth.signInOf(identity);
    expect(signIn?.isValid()).toBe(true);
    started.operators.signOut(started.auth.forget(cookie, place).ids);
    expect([signIn?.isValid(), started.auth.signInOf(identity)]).toEqual([false, null]);
    expect(nameIn(await start(), cookie)).toBeNull();
  });

  test("is invalid with one character changed", async () => {
    const started = await start();
    const cookie = signedIn(started);
    for (let i = "lastbeat_admin_8000=".length; i < cookie.length - 1; i++) {
      const changed = cookie.slice(0, i) + (cookie[i] === "A" ? "B" : "A") + cookie.slice(i + 1);
      expect(started.auth.identify(changed)).toBeNull();
    }
    for (const value of ["", ".", "...", "a.b.c.d", "a.b.c.d.e"])
      expect(started.auth.identify(`lastbeat_admin_8000=${value}`)).toBeNull();
  });

  test("is signed with a secret that only the server's user can read, and a damaged file is replaced", async () => {
    const cookie = signedIn(await start());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    writeFileSync(file(), "{broken");
    expect(nameIn(await start(), cookie)).toBeNull();
    expect(JSON.parse(readFileSync(file(), "utf8")).secret).toMatch(/^[0-9a-f]{64}$/);
  });

  test("only the newest one-time token works, and only once", () => {
    const token = new OneTimeToken();
    expect(token.consume("")).toBe(false);
    const [old, fresh] = [token.renew(), token.renew()];
    expect([token.consume(old), token.consume(fresh), token.consume(fresh)]).toEqual([false, true, false]);
  });
});

describe("the cookies of several servers in one browser", () => {
  const foreign = "lastbeat_admin_8001=bm9ib2R5.x.9999999999999.forged";

  test("each server finds its own, whatever port is in the name", async () => {
    const started = await start();
    const cookie = signedIn(started);
    const [, value = ""] = cookie.split("=");
    expect(cookie).toMatch(/^lastbeat_admin_8000=/);
    for (const header of [`${foreign}; a=1; ${cookie}`, `lastbeat_admin=${value}`, `${foreign}; lastbeat_admin_443=${value}`]) {
      expect(nameIn(started, header)).toBe("operator");
    }
    for (const name of ["lastbeat_adminx", "lastbeat_admin_", "xlastbeat_admin_8000", "lastbeat_admin_800000"]) {
      expect(started.auth.identify(`${name}=${value}`)).toBeNull();
    }
  });

  test("signing out removes only the server's own", async () => {
    const { auth, operators } = await start();
    const cookie = signedIn({ auth, operators });
    const { cookies } = auth.forget(`${foreign}; ${cookie}`, { path: "/chat", secure: true });
    expect(cookies).toEqual(["lastbeat_admin_8000=; Path=/chat; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]);
    expect(auth.forget(foreign, place)).toEqual({ ids: [], cookies: [] });
  });

  test.each([
    ["/", true, "__Host-lastbeat_admin_8000"],
    ["/chat", true, "__Secure-lastbeat_admin_8000"],
    ["/", false, "lastbeat_admin_8000"],
    ["/chat", false, "lastbeat_admin_8000"],
  ])("WEB8 its name at %s, over TLS %s, is %s", async (path, secure, name) => {
    const started = await start();
    const { auth, operators } = started;
    const cookie = auth.cookieFor(operators.signIn(FIRST_OPERATOR, origin), { port: 8000, path, secure });
    const attributes = `; Path=${path}; Max-Age=43200; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    expect(cookie.replace(/=[^;]+/, "=…")).toBe(`${name}=…${attributes}`);
    const sent = cookie.split(";", 1)[0] ?? "";
    expect(nameIn(started, sent)).toBe("operator");
    const { ids, cookies } = auth.forget(sent, { path, secure });
    expect(cookies).toEqual([`${name}=${attributes.replace("43200", "0")}`]);
    operators.signOut(ids);
    expect(nameIn(started, sent)).toBeNull();
  });

  test("WEB8 one that another page has put in its place does not count", async () => {
    const { auth, operators } = await start();
    const planted = signedIn({ auth, operators });
    const secure = auth.cookieFor(operators.signIn(FIRST_OPERATOR, origin), { ...place, secure: true }).split(";", 1)[0] ?? "";
    expect(auth.identify(`${planted}; ${secure}`)).toEqual(auth.identify(secure));
  });

  test("one that is no longer in force hides none that is", async () => {
    const started = await start();
    const [old, fresh] = [signedIn(started), signedIn(started)];
    started.operators.signOut(started.auth.forget(old, place).ids);
    expect(nameIn(started, `${old}; ${fresh.replace("8000", "8001")}`)).toBe("operator");
  });

  test("a header with a thousand of them is cheap to check", async () => {
    const many = Array.from({ length: 1_000 }, (_, port) => `lastbeat_admin_${port}=a.b.1.c`).join(";");
    expect((await start()).auth.identify(many)).toBeNull();
  });
});

test.each([
  [undefined, []],
  ["a", []],
  ["a=1; x=2", ["a=1", "x=2"]],
  ["x=2=3;a", ["x=2=3"]],
  ["xx=1; x =5", ["xx=1", "x=5"]],
])("cookiesOf %s", (header, pairs) => expect(cookiesOf(header).map(({ name, value }) => `${name}=${value}`)).toEqual(pairs));
