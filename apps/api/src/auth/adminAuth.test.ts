import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdminAuth, cookiesOf } from "./adminAuth.ts";
import { CookieSigner } from "./cookieSigner.ts";
import { Keyring } from "./keyring.ts";
import { OneTimeToken } from "./oneTimeToken.ts";

const place = { port: 8000, path: "/", secure: false };

let folder: string;
let nowMs: number;
const file = () => join(folder, "data/operators.json");
const newAuth = () => new AdminAuth(new OneTimeToken(), new CookieSigner(new Keyring(file()), () => nowMs));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-auth-"));
  nowMs = 1_000_000;
});
afterEach(() => rmSync(folder, { recursive: true }));

function signedIn(auth: AdminAuth): string {
  const cookie = auth.signIn(auth.newToken(), place);
  return cookie?.split(";", 1)[0] ?? "";
}

describe("an operator's cookie", () => {
  test("survives a restart until it expires", () => {
    const cookie = signedIn(newAuth());
    expect(newAuth().identify(cookie)?.name).toBe("operator");
    nowMs += 12 * 3_600_000;
    expect(newAuth().identify(cookie)).toBeNull();
  });

  test("is invalid after signing out, even after a restart and for existing connections", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    const identity = auth.identify(cookie);
    expect(auth.signInOf(identity)?.name).toBe("operator");
    auth.signOut(cookie, place);
    expect(auth.signInOf(identity)).toBeNull();
    expect(newAuth().identify(cookie)).toBeNull();
  });

  test("is invalid with one character changed", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    for (let i = "lastbeat_admin_8000=".length; i < cookie.length - 1; i++) {
      const changed = cookie.slice(0, i) + (cookie[i] === "A" ? "B" : "A") + cookie.slice(i + 1);
      expect(auth.identify(changed)).toBeNull();
    }
    for (const value of ["", ".", "...", "a.b.c.d", "a.b.c.d.e"])
      expect(auth.identify(`lastbeat_admin_8000=${value}`)).toBeNull();
  });

  test("is signed with a secret that only the server's user can read, and a damaged file is replaced", () => {
    const cookie = signedIn(newAuth());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    writeFileSync(file(), "{broken");
    expect(newAuth().identify(cookie)).toBeNull();
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

  test("each server finds its own, whatever port is in the name", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    const [, value = ""] = cookie.split("=");
    expect(cookie).toMatch(/^lastbeat_admin_8000=/);
    for (const header of [`${foreign}; a=1; ${cookie}`, `lastbeat_admin=${value}`, `${foreign}; lastbeat_admin_443=${value}`]) {
      expect(auth.identify(header)?.name).toBe("operator");
    }
    for (const name of ["lastbeat_adminx", "lastbeat_admin_", "xlastbeat_admin_8000", "lastbeat_admin_800000"]) {
      expect(auth.identify(`${name}=${value}`)).toBeNull();
    }
  });

  test("signing out removes only the server's own", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    const taken = auth.signOut(`${foreign}; ${cookie}`, { path: "/chat", secure: true });
    expect(taken).toEqual(["lastbeat_admin_8000=; Path=/chat; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]);
    expect(auth.signOut(foreign, place)).toEqual([]);
  });

  test.each([
    ["/", true, "__Host-lastbeat_admin_8000"],
    ["/chat", true, "__Secure-lastbeat_admin_8000"],
    ["/", false, "lastbeat_admin_8000"],
    ["/chat", false, "lastbeat_admin_8000"],
  ])("WEB8 its name at %s, over TLS %s, is %s", (path, secure, name) => {
    const auth = newAuth();
    const cookie = auth.signIn(auth.newToken(), { port: 8000, path, secure }) ?? "";
    const attributes = `; Path=${path}; Max-Age=43200; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    expect(cookie.replace(/=[^;]+/, "=…")).toBe(`${name}=…${attributes}`);
    const sent = cookie.split(";", 1)[0] ?? "";
    expect(auth.identify(sent)?.name).toBe("operator");
    expect(auth.signOut(sent, { path, secure })).toEqual([`${name}=${attributes.replace("43200", "0")}`]);
    expect(auth.identify(sent)).toBeNull();
  });

  test("WEB8 one that another page has put in its place does not count", () => {
    const auth = newAuth();
    const planted = signedIn(auth);
    const cookie = (auth.signIn(auth.newToken(), { ...place, secure: true }) ?? "").split(";", 1)[0] ?? "";
    expect(auth.identify(`${planted}; ${cookie}`)).toEqual(auth.identify(cookie));
  });

  test("a header with a thousand of them is cheap to check", () => {
    const many = Array.from({ length: 1_000 }, (_, port) => `lastbeat_admin_${port}=a.b.1.c`).join(";");
    expect(newAuth().identify(many)).toBeNull();
  });
});

test.each([
  [undefined, []],
  ["a", []],
  ["a=1; x=2", ["a=1", "x=2"]],
  ["x=2=3;a", ["x=2=3"]],
  ["xx=1; x =5", ["xx=1", "x=5"]],
])("cookiesOf %s", (header, pairs) => expect(cookiesOf(header).map(({ name, value }) => `${name}=${value}`)).toEqual(pairs));
