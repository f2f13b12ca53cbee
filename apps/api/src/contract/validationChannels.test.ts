/** The same words of input that does not fit, through every door. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli } from "../cli/testing/cliRun.ts";
import { loadConfig } from "../config.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { readConnectionParams } from "../transports/connectionParams.ts";

let running: TestServer;
let cookie: string;
beforeAll(async () => {
  running = await startTestServer();
  cookie = await running.signIn();
});
afterAll(() => running[Symbol.asyncDispose]());

async function messageOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { message: string } }).error.message;
}

async function rest(query: string): Promise<string> {
  return messageOf(await fetch(`${running.http}/api/ends?${query}`));
}

async function restBody(body: unknown): Promise<string> {
  const request = { method: "DELETE", headers: { cookie }, body: JSON.stringify(body) };
  return messageOf(await fetch(`${running.http}/api/sessions/session_a`, request));
}

async function trpc(procedure: string, input: unknown): Promise<string> {
  const params = new URLSearchParams({ input: JSON.stringify(input) });
  return messageOf(await fetch(`${running.http}/trpc/${procedure}?${params}`, { headers: { cookie } }));
}

async function trpcSocket(path: string, input: unknown): Promise<string> {
  using client = await TestClient.connect(`${running.ws}/trpc`);
  client.send({ id: 1, method: "mutation", params: { path, input } });
  return ((await client.anyFrame()).error as { message: string }).message;
}

async function jsonSocket(frame: object): Promise<string> {
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send(frame);
  return String((await client.frame("error")).message);
}

function connectionParams(params: unknown): string {
  const read = readConnectionParams(params, { vouched: false });
  return read.ok ? "it fits" : read.detail;
}

async function flags(...args: string[]): Promise<string> {
  const { err } = await cli([...args, "--url", running.http]);
  return err.join("\n");
}

function yaml(text: string): string {
  const root = mkdtempSync(join(tmpdir(), "lastbeat-yaml-"));
  mkdirSync(join(root, "config"));
  writeFileSync(join(root, "config/config.yaml"), text);
  try {
    loadConfig({ root, env: {} });
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(root, { recursive: true });
  }
  return "it fits";
}

const at = "config/config.yaml:2:";
const name = "name: expected a string, got 7";
const limit = "limit: expected a number of at least 1, got 0";
const sort = 'sort: expected one of newest, oldest, slowest_detection, slowest_cleanup, got "odd"';

test.each<[door: string, () => string | Promise<string>, string]>([
  ["REST, its query", () => rest("limit=0"), limit],
  ["REST, its query", () => rest("sort=odd"), sort],
  ["REST, its query", () => rest("limit=ten&color=red"), 'limit: expected a number, got "ten"; color: unknown field'],
  ["REST, its query", () => rest("a=1&b=2&c=3&d=4&e=5"), "a: unknown field; b: unknown field; c: unknown field; and 2 more"],
  ["REST, its body", () => restBody({ note: 7 }), "note: expected a string, got 7"],
  ["REST, its body", () => restBody([]), "body: expected an object, got []"],
  ["tRPC over HTTP", () => trpc("ends.list", { limit: 0 }), limit],
  ["tRPC over HTTP", () => trpc("ends.list", { sort: "odd", color: "red" }), `${sort}; color: unknown field`],
  ["tRPC over HTTP", () => trpc("settings.preview", { values: { colour: 1 } }), "values.colour: unknown field"],
  ["tRPC over HTTP", () => trpc("sessions.get", "x"), 'input: expected an object, got "x"'],
  ["tRPC over WebSocket", () => trpcSocket("session.open", { name: 7 }), name],
  ["a tRPC frame", () => trpcSocket(7 as unknown as string, {}), "params.path: expected a string, got 7"],
  ["the JSON socket, its hello", () => jsonSocket({ type: "hello", name: 7 }), `bad hello: ${name}`],
  ["the JSON socket", () => jsonSocket({ type: "chat.join" }), "room: expected a string, got nothing"],
  ["connectionParams, a hello", () => connectionParams({ name: 7 }), `bad hello: ${name}`],
  ["connectionParams, others", () => connectionParams({ a: 7 }), "bad connectionParams: a: expected a string, got a number"],
  ["connectionParams, no object", () => connectionParams(7), "connectionParams: expected an object, got a number"],
  [
    "connectionParams, a token",
    () => connectionParams({ name: "a", resume: "secret" }),
    "bad hello: resume: expected <session id>.<token>, got 6 characters",
  ],
  ["flags", () => flags("ends", "--limit", "0"), `lastbeat: --${limit}`],
  ["flags", () => flags("ends", "--sort", "odd"), `lastbeat: --${sort}`],
  ["flags", () => flags("sessions", "--limit", "0"), 'lastbeat: --limit: expected a whole number from 1 to 10000, got "0"'],
  ["YAML", () => yaml("server:\n  port: x\n"), `${at}9 server.port: expected a whole number from 0 to 65535, got "x"`],
  [
    "YAML, of the core",
    () => yaml("system:\n  max_sessions: 0\n"),
    `${at}17 system.max_sessions: expected a whole number from 1 to 1000000, got 0`,
  ],
])("%s: case %#", async (_, ask, message) => expect(await ask()).toBe(message));
