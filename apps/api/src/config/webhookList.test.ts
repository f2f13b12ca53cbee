import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode } from "@lastbeat/core";
import { expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { configLine } from "./configLines.ts";

const secret = "0123456789abcdef";
const crm = { name: "crm", url: "https://crm.example.com/hooks/T0PS3CRET?key=T0PS3CRET", secret };

function problemOf(list: unknown, root?: string): string {
  try {
    loadConfig({ env: { LASTBEAT_WEBHOOKS: typeof list === "string" ? list : JSON.stringify(list) }, root });
  } catch (error) {
    if (hasCode(error, "invalid_config")) return error.message.replace("environment LASTBEAT_WEBHOOKS: ", "");
    throw error;
  }
  return "";
}

test("WHK8 a webhook needs a name, a URL and a secret; by default it is told all ends of users", () => {
  const { webhooks } = loadConfig({ env: { LASTBEAT_WEBHOOKS: JSON.stringify([crm]) } });
  expect(webhooks).toEqual([{ ...crm, tiers: null, reasons: null, kinds: ["user"] }]);
});

test.each([["http://127.0.0.1:9000/"], ["http://[::1]/"], ["http://localhost/"]])("WHK8 http is for this machine: %s", (url) =>
  expect(problemOf([{ ...crm, url }])).toBe(""),
);

test.each([
  [
    [{ ...crm, url: "http://crm.example.com/" }],
    /^number 1.url: expected an https URL, got one that begins with http:; http is for/,
  ],
  [[{ ...crm, url: "http://127.evil.example/" }], /^number 1.url: expected an https URL/],
  [[{ ...crm, url: "ftp://crm.example.com" }], /^number 1.url: expected an https URL, got one that begins with ftp:$/],
  [[{ ...crm, url: "T0PS3CRET" }], /^number 1.url: expected an https URL, got 9 characters$/],
  [[{ ...crm, url: "https://ada:T0PS3CRET@crm.example.com" }], /^number 1.url: expected a URL without user name and password/],
  [[crm, { ...crm }], /^number 2.name: another webhook has this name$/],
  [[{ ...crm, name: "C R M" }], /^number 1.name: expected a name of up to 40 lower-case letters/],
  [[{ ...crm, secret: "T0PS3CRET" }], /^number 1.secret: expected a secret of at least 16 characters, got 9 characters$/],
  [[{ ...crm, secret: undefined }], /^number 1.secret: expected either secret or secret_file$/],
  [[{ ...crm, secret_file: "x" }], /^number 1.secret: expected either secret or secret_file$/],
  [[{ ...crm, reasons: ["bored"] }], /^number 1.reasons.0: expected one of client_left, .*, got "bored"$/],
  [[{ ...crm, urll: "x" }], /^number 1.urll: unknown field$/],
  [crm, /^expected an array, got an object$/],
  ["[{name: T0PS3CRET", /^expected an array, got/],
])("WHK8 %# what is wrong is said by number and field, without secrets", (list, message) => {
  const problem = problemOf(list);
  expect(problem).toMatch(message);
  if (typeof list !== "string") expect(problem).not.toContain("T0PS3CRET");
});

test("WHK8 http to other machines needs allow_http", () => {
  expect(problemOf([{ ...crm, url: "http://crm.internal/", allow_http: true }])).toBe("");
});

test("WHK8 a secret may stand in a file of its own", () => {
  const root = mkdtempSync(join(tmpdir(), "lastbeat-webhooks-"));
  writeFileSync(join(root, "crm"), `${secret}\n`);
  writeFileSync(join(root, "short"), "short\n");
  const from = (secret_file: string) => [{ name: "crm", url: crm.url, secret_file }];
  const env = { LASTBEAT_WEBHOOKS: JSON.stringify(from("crm")) };
  expect(loadConfig({ env, root }).webhooks[0]?.secret).toBe(secret);
  expect(problemOf(from("short"), root)).toBe(
    `webhooks: crm, secret_file: ${join(root, "short")}: expected a secret of at least 16 characters, got 5 characters`,
  );
  expect(problemOf(from("none"), root)).toBe(`webhooks: crm, secret_file: cannot read ${join(root, "none")} (ENOENT)`);
  rmSync(root, { recursive: true });
});

test("WHK8 the System page shows names and hosts, neither paths nor secrets", () => {
  const { values } = loadConfig({ env: { LASTBEAT_WEBHOOKS: JSON.stringify([crm, { ...crm, name: "other" }]) } });
  const line = values.find(({ path }) => path === "webhooks");
  expect(line === undefined ? null : configLine(line)).toMatchObject({
    path: "webhooks",
    value: "crm (https://crm.example.com), other (https://crm.example.com)",
    source: "environment",
  });
});
