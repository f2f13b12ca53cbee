import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSessionKeeper } from "@lastbeat/core";
import { expect, test, vi } from "vitest";
import { type Config, loadConfig } from "./config.ts";
import type { Store } from "./ledger/store.ts";
import { scratch } from "./ledger/testing/scratchStore.ts";
import { processMemory } from "./memorySource.ts";
import { Readiness } from "./readiness.ts";
import { createSettingsService } from "./settings/settingsService.ts";
import { SystemReport } from "./systemReport.ts";
import { startTestServer } from "./testing/testServer.ts";

const YAML = `preset: quiet
websocket:
  heartbeat_interval: 25
ledger:
  retention_days: 7
`;

function configIn(root: string, env: Record<string, string>): Config {
  mkdirSync(join(root, "config/presets"), { recursive: true });
  writeFileSync(join(root, "config/config.yaml"), YAML);
  writeFileSync(join(root, "config/presets/quiet.yaml"), "websocket:\n  heartbeat_max_failures: 2\n");
  return loadConfig({ root, env: { LASTBEAT_LEDGER_FILE: join(root, "lastbeat.db"), ...env } });
}

async function report(store: Store, config: Config, noRoom: string | null = null) {
  const keeper = createSessionKeeper({ settings: config.settings });
  const { revisions } = store;
  const settings = createSettingsService({
    keeper,
    revisions,
    preset: config.preset,
    sources: config.sources,
    savedKeys: [],
    now: () => 1,
  });
  const now = () => Date.now();
  const readiness = new Readiness(store, { cause: () => noRoom });
  const system = new SystemReport({
    store,
    readiness,
    config,
    settings: settings,
    log: { view: () => ({ level: "info", configured: "info", format: "text", file: "app.log" }) },
    memory: processMemory(),
    startedAtMs: now(),
    now,
  });
  return { keeper, settings, view: () => system.view() };
}

test("SET1 the configuration in force is shown key by key, with file, line and column, variable, or who saved it", async () => {
  await using place = scratch();
  const store = await place.open();
  const { keeper, settings, view } = await report(store, configIn(place.folder, { LASTBEAT_LOG_LEVEL: "warn" }));
  await settings.save({ basedOnRevision: 0, values: { maxSessions: 77 } }, { name: "Olga", address: "" });
  const { configuration, configFile } = await view();
  await keeper.close();
  const line = (path: string) => configuration.find((one) => one.path === path);
  expect(line("preset")).toEqual({ path: "preset", value: "quiet", source: "file", where: "config/config.yaml:1:9" });
  expect(line("websocket.heartbeat_interval")).toMatchObject({ value: "25", source: "file", where: "config/config.yaml:3:23" });
  expect(line("websocket.heartbeat_max_failures")).toMatchObject({
    value: "2",
    source: "preset",
    where: "config/presets/quiet.yaml:2:27",
  });
  expect(line("log.level")).toMatchObject({ value: "warn", source: "environment", where: "environment LASTBEAT_LOG_LEVEL" });
  expect(line("ledger.retention_days")).toMatchObject({ value: "7", source: "file" });
  expect(line("chat.history_limit")).toMatchObject({ value: "50", source: "default", where: null });
  expect(configuration.find(({ value }) => value === "77")).toMatchObject({ source: "operator", where: null });
  expect(configFile).toBe("config/config.yaml");
});

test("LED3 each run of the server is listed with how it ended, and the database with its size", async () => {
  await using place = scratch();
  const first = await place.open();
  first.ledger.event({
    atMs: Date.now(),
    sessionId: null,
    event: { type: "pause", pausedMs: 2_300, sessions: 4, outstanding: 3 },
  });
  await first.close();
  const second = await place.open();
  await second.close();
  place.sql("UPDATE boots SET stopped_at_ms = NULL WHERE id = 2");
  const store = await place.open();
  const { keeper, view } = await report(store, configIn(place.folder, {}));
  const system = await view();
  await keeper.close();
  expect(system.boots.map(({ id, end, pid }) => [id, end, pid])).toEqual([
    [3, "running", process.pid],
    [2, "crashed", process.pid],
    [1, "stopped", process.pid],
  ]);
  expect(system.pauses).toMatchObject([{ pausedMs: 2_300, sessions: 4 }]);
  expect(system.ledger).toMatchObject({ file: place.file, retentionDays: 7, durability: "process", queued: 0 });
  expect(system.ledger.fileBytes).toBeGreaterThan(0);
  expect(system.ledger.diskFreeBytes).toBeGreaterThan(0);
  expect(system.usedBytes).toBeGreaterThan(0);
  expect(system.versions.sqlite).toMatch(/^3\./);
  expect(system.ready).toEqual({ ready: true, cause: null });
  if (process.platform === "linux") expect(system.process.descriptors?.open).toBeGreaterThan(2);
});

test("OPS3 like /readyz, it reports that the connection limit is reached", async () => {
  await using place = scratch();
  const store = await place.open();
  const { keeper, view } = await report(store, configIn(place.folder, {}), "96 connections are open");
  const { ready } = await view();
  await keeper.close();
  expect(ready).toEqual({ ready: false, cause: "96 connections are open" });
});

test("OPS3 it works even when the process has no file descriptors left", async () => {
  await using place = scratch();
  const store = await place.open();
  const { keeper, view } = await report(store, configIn(place.folder, {}));
  const rss = vi.spyOn(process.memoryUsage, "rss").mockImplementation(() => {
    throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
  });
  try {
    expect((await view()).process.residentBytes).toBeGreaterThan(1_048_576);
  } finally {
    rss.mockRestore();
    await keeper.close();
  }
});

test("only a signed-in operator sees it", async () => {
  await using running = await startTestServer();
  const ask = async (headers: Record<string, string>) => (await fetch(`${running.http}/trpc/system.view`, { headers })).status;
  expect(await ask({})).toBe(401);
  expect(await ask({ cookie: await running.signIn() })).toBe(200);
});
