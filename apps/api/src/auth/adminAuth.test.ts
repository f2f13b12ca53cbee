import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdminAuth, cookieValue } from "./adminAuth.ts";
import { CookieSigner } from "./cookieSigner.ts";
import { Keyring } from "./keyring.ts";
import { OneTimeToken } from "./oneTimeToken.ts";

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
  const cookie = auth.signIn(auth.newToken());
  return cookie?.split(";", 1)[0] ?? "";
}

describe("an operator's cookie", () => {
  test("survives a restart, for as long as it lasts", () => {
    const cookie = signedIn(newAuth());
    expect(newAuth().identify(cookie)?.name).toBe("operator");
    nowMs += 12 * 3_600_000;
    expect(newAuth().identify(cookie)).toBeNull();
  });

  test("is worth nothing after signing out, also after a restart and for connections that came with it", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    const identity = auth.identify(cookie);
    expect(auth.signInOf(identity)?.name).toBe("operator");
    auth.signOut(cookie);
    expect(auth.signInOf(identity)).toBeNull();
    expect(newAuth().identify(cookie)).toBeNull();
  });

  test("is worth nothing with one character changed", () => {
    const auth = newAuth();
    const cookie = signedIn(auth);
    for (let i = "lastbeat_admin=".length; i < cookie.length - 1; i++) {
      const changed = cookie.slice(0, i) + (cookie[i] === "A" ? "B" : "A") + cookie.slice(i + 1);
      expect(auth.identify(changed)).toBeNull();
    }
    for (const value of ["", ".", "...", "a.b.c.d", "a.b.c.d.e"]) expect(auth.identify(`lastbeat_admin=${value}`)).toBeNull();
  });

  test("is signed with a secret that only the server's user can read, and a damaged file is replaced", () => {
    const cookie = signedIn(newAuth());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    writeFileSync(file(), "{broken");
    expect(newAuth().identify(cookie)).toBeNull();
    expect(JSON.parse(readFileSync(file(), "utf8")).secret).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a one-time token works once, and only the newest", () => {
    const token = new OneTimeToken();
    expect(token.consume("")).toBe(false);
    const [old, fresh] = [token.renew(), token.renew()];
    expect([token.consume(old), token.consume(fresh), token.consume(fresh)]).toEqual([false, true, false]);
  });
});

test.each([
  [undefined, undefined],
  ["a=1", undefined],
  ["a=1; x=2", "2"],
  ["x=2=3;a", "2=3"],
  ["xx=1; x =5", "5"],
])("cookieValue of %s", (header, value) => expect(cookieValue(header, "x")).toBe(value));
