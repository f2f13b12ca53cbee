import { readFileSync } from "node:fs";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";
import { cli } from "../cli/testing/cliRun.ts";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import type { LogLevel } from "./line.ts";
import { LogSettings } from "./logSettings.ts";

test.each([
  ["info", "debug", "debug"],
  ["error", "debug", "debug"],
  ["debug", "error", "debug"],
] as const)("LOG3 a change from %s to %s is written at level %s", (from, to, writtenAt) => {
  const control: { level: LogLevel } = { level: from };
  const written: unknown[] = [];
  const warn = (message: string, fields?: object) => written.push([control.level, message, fields]);
  const log = { debug() {}, info() {}, warn, error() {} };
  const settings = new LogSettings(log, control, { level: "info", format: "text", file: "app.log" });
  expect(settings.change(to, "Ada")).toBe(from);
  expect(written).toEqual([[writtenAt, `The log's level is ${to} now`, { before: from, by: "Ada" }]]);
  expect(settings.view()).toEqual({ level: to, configured: "info", format: "text", file: "app.log" });
  expect(settings.change(to, "Ada")).toBe(to);
  expect(written).toHaveLength(1);
});

test("LOG3 operators change it over REST; others may not, and a wrong level is named", async () => {
  await using running = await startTestServer();
  const url = `${running.http}/api/log`;
  const put = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, { method: "PUT", body: JSON.stringify(body), headers });
  expect(await (await fetch(url)).json()).toMatchObject({ level: "info", configured: "info", format: "text" });
  expect((await put({ level: "debug" })).status).toBe(401);
  const cookie = await running.signIn();
  const wrong = await put({ level: "loud" }, { cookie });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({
    error: { code: "bad_request", message: expect.stringMatching(/^level: expected one of debug, info/) },
  });
  expect(await (await put({ level: "debug" }, { cookie })).json()).toMatchObject({ level: "debug", configured: "info" });
  expect(running.lines).toContain("warn The log's level is debug now");
  const { entries } = await running.server.services.store.audit.page({ limit: 10 });
  const change = { action: "log_level_changed", before: { level: "info" }, after: { level: "debug" }, address: "127.0.0.1" };
  expect(entries).toContainEqual(expect.objectContaining(change));
});

test("LOG3 the command line shows the level of a running server, and the core hears of a change at once", async () => {
  const beats = { LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "1", LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "1" };
  await using server = await startScratchServer(beats);
  const log = () => readFileSync(server.logFile, "utf8");
  const at = ["--url", server.http];
  expect(await cli(["log", "level", ...at])).toMatchObject({ code: 0, out: "The log's level is info\n" });
  expect((await cli(["log", "level", "debug", ...at])).err[0]).toMatch(/^lastbeat: sign in first/);
  expect(await cli(["log", "level", "loud", ...at])).toMatchObject({ code: 2 });
  const [, link = ""] = /Admin {2}(\S+)/.exec(server.output()) ?? [];
  const cookie = (await fetch(link, { redirect: "manual" })).headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  const answer = await fetch(`${server.http}/api/log`, { method: "PUT", headers: { cookie }, body: '{"level":"debug"}' });
  expect(answer.status).toBe(200);
  const out = "The log's level is debug; the next start has info\n";
  expect(await cli(["log", "level", ...at])).toMatchObject({ out });
  using client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada" });
  const { sessionId } = await client.frame("welcome");
  await eventually(() => expect(log()).toContain(` DEBUG Heartbeat sent to ${sessionId}`));
  expect(log()).toMatch(/ WARN {2}The log's level is debug now before=info/);
});
