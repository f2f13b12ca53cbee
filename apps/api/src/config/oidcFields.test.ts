import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Keyring } from "../auth/keyring.ts";
import { createOidc } from "../auth/oidc/oidc.ts";
import { loadConfig } from "../config.ts";
import { configLine } from "./configLines.ts";

const whole = {
  LASTBEAT_OPERATORS_OIDC_ISSUER: "https://id.example.com/realms/team",
  LASTBEAT_OPERATORS_OIDC_CLIENT_ID: "lastbeat",
  LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: "T0PS3CRET-T0PS3CRET",
  LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "groups",
  LASTBEAT_OPERATORS_OIDC_ADMINS: "admins, owners",
};
const root = join(tmpdir(), "lastbeat-no-such-folder");
const load = (changes: Record<string, string> = {}) => loadConfig({ env: { ...whole, ...changes }, root });

test("OPS10 without an issuer there is none, and the other keys do not matter", () => {
  const { LASTBEAT_OPERATORS_OIDC_ISSUER: _, ...others } = whole;
  expect(loadConfig({ env: others, root }).operators.oidc).toBeNull();
});

test("OPS10 an issuer needs an id, a secret, a claim and somebody who administers", () => {
  expect(load().operators.oidc).toMatchObject({
    issuer: whole.LASTBEAT_OPERATORS_OIDC_ISSUER,
    values: { admin: ["admins", "owners"] },
  });
  expect(() => loadConfig({ env: { LASTBEAT_OPERATORS_OIDC_ISSUER: "https://id.example.com" }, root })).toThrow(
    /client_id: .*got none\n.*client_secret: .*got 0\n.*role_claim: .*got none\n.*admins: .*got none/,
  );
  expect(() => load({ LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET_FILE: "x" })).toThrow(
    /expected one of client_secret and client_secret_file, got 2/,
  );
});

test("OPS10 over plain HTTP only this machine is a provider", () => {
  expect(() => load({ LASTBEAT_OPERATORS_OIDC_ISSUER: "http://id.example.com" })).toThrow(/operators.oidc.issuer|OIDC_ISSUER/);
});

test("OPS10 the secret is in no message and on no page", () => {
  expect(JSON.stringify(load().values.map(configLine))).not.toContain("T0PS3CRET");
  expect(() => load({ LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: "T0PS3CRET" })).toThrow(/^(?![\s\S]*T0PS3CRET)/);
});

test("OPS10 the secret may stand in a file of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-oidc-"));
  try {
    const file = join(folder, "secret");
    const env = { LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: "none", LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET_FILE: file };
    const make = () => createOidc({ config: load(env), keyring: new Keyring(null), now: Date.now });
    expect(make).toThrow(/client_secret_file: .*cannot be read \(ENOENT\)/);
    writeFileSync(file, "short\n");
    expect(make).toThrow(/expected a file with at least 16 bytes, got 5/);
    writeFileSync(file, "long enough to be one\n");
    expect(make()).not.toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
