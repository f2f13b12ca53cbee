import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode } from "@lastbeat/core";
import { afterEach, describe, expect, test } from "vitest";
import { loadConfig } from "./config.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A project folder with the given `config/config.yaml` and presets. */
function project(yaml: string | null, presets: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "lastbeat-config-"));
  folders.push(root);
  mkdirSync(join(root, "config/presets"), { recursive: true });
  if (yaml !== null) writeFileSync(join(root, "config/config.yaml"), yaml);
  for (const [name, text] of Object.entries(presets)) writeFileSync(join(root, `config/presets/${name}.yaml`), text);
  return root;
}

function problems(root: string, env: Record<string, string> = {}): readonly string[] {
  try {
    loadConfig({ root, env });
  } catch (error) {
    if (hasCode(error, "invalid_config")) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("SET1 precedence", () => {
  const presets = { quiet: "websocket:\n  heartbeat_interval: 60\n  heartbeat_max_failures: 2\nlog:\n  level: debug\n" };

  test("SET1 without any file everything is a default", () => {
    const config = loadConfig({ root: project(null), env: {} });
    expect(config.settings.heartbeatIntervalMs).toBe(30_000);
    expect(config.file).toBeNull();
    expect(new Set(Object.values(config.sources))).toEqual(new Set(["default"]));
  });

  test("SET1 a preset changes defaults, the file beats the preset, the environment beats the file", () => {
    const root = project("preset: quiet\nwebsocket:\n  heartbeat_max_failures: 5\nsystem:\n  max_sessions: 7\n", presets);
    const config = loadConfig({ root, env: { LASTBEAT_SYSTEM_MAX_SESSIONS: "8" } });
    expect(config.settings).toMatchObject({ heartbeatIntervalMs: 60_000, heartbeatMaxFailures: 5, maxSessions: 8 });
    expect(config.sources).toMatchObject({
      heartbeatIntervalMs: "preset",
      heartbeatMaxFailures: "file",
      maxSessions: "environment",
      sessionTimeoutMs: "default",
    });
    expect(config.log.level).toBe("debug");
    expect(config.preset).toBe("quiet");
  });

  test("SET1 LASTBEAT_PRESET beats the file's preset", () => {
    const root = project("preset: quiet\n", { ...presets, fast: "websocket:\n  heartbeat_interval: 25\n" });
    const config = loadConfig({ root, env: { LASTBEAT_PRESET: "fast" } });
    expect(config.preset).toBe("fast");
    expect(config.settings.heartbeatIntervalMs).toBe(25_000);
  });

  test("SET1 LASTBEAT_CONFIG names another file, which must exist", () => {
    const root = project("system:\n  max_sessions: 7\n");
    writeFileSync(join(root, "other.yaml"), "system:\n  max_sessions: 9\n");
    expect(loadConfig({ root, env: { LASTBEAT_CONFIG: "other.yaml" } }).settings.maxSessions).toBe(9);
    expect(problems(root, { LASTBEAT_CONFIG: "none.yaml" })).toEqual(["environment LASTBEAT_CONFIG: no such file: none.yaml"]);
  });
});

describe("SET1 environment", () => {
  const root = () => project(null);

  test("SET1 every kind of value can be given as text", () => {
    const env = {
      LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "0.5",
      LASTBEAT_SERVER_ALLOWED_ORIGINS: "https://a.example, http://localhost:3000",
      LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback,10.0.0.0/8 , 2001:db8::1",
      LASTBEAT_LAB: "true",
      LASTBEAT_LEDGER_DURABILITY: "power",
      LASTBEAT_LOG_FILE: "/var/log/lastbeat.log",
    };
    const config = loadConfig({ root: root(), env });
    expect(config.settings.heartbeatPongTimeoutMs).toBe(500);
    expect(config.server.allowedOrigins).toEqual(["https://a.example", "http://localhost:3000"]);
    expect(config.server.trustedProxies).toEqual(["loopback", "10.0.0.0/8", "2001:db8::1"]);
    expect(config.lab).toBe(true);
    expect(config.ledger.durability).toBe("power");
    expect(config.log.file).toBe("/var/log/lastbeat.log");
  });

  test("SET1 PORT works, and LASTBEAT_SERVER_PORT beats it", () => {
    expect(loadConfig({ root: root(), env: { PORT: "9000" } }).server.port).toBe(9000);
    expect(loadConfig({ root: root(), env: { LASTBEAT_SERVER_PORT: "9001", PORT: "9000" } }).server.port).toBe(9001);
  });

  test("SET1 an empty variable counts as unset", () => {
    expect(loadConfig({ root: root(), env: { PORT: "", LASTBEAT_SYSTEM_MAX_SESSIONS: " " } }).server.port).toBe(8000);
  });

  test("SET1 a mistyped variable is found, another tool's is left alone", () => {
    const env = { LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVALL: "5", LASTBEAT_TOKEN: "x", HOME: "/root", LASTBEAT_EMPTY: "" };
    expect(problems(root(), env)).toEqual([
      "environment LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVALL: unknown variable; did you mean LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL?",
    ]);
  });

  test("SET1 a variable with our prefix that means nothing stops the start", () => {
    const env = { LASTBEAT_MAX_USERS_TOTAL: "5", LASTBEAT_PORT: "9000", LASTBEAT___PROTO__: "1" };
    expect(problems(root(), env)).toEqual([
      "environment LASTBEAT_MAX_USERS_TOTAL: unknown variable",
      expect.stringMatching(/^environment LASTBEAT_PORT: unknown variable/),
      "environment LASTBEAT___PROTO__: unknown variable",
    ]);
  });

  test("SET1 what Kubernetes sets for a service named lastbeat is left alone", () => {
    const env = {
      LASTBEAT_SERVICE_HOST: "10.0.0.1",
      LASTBEAT_SERVICE_PORT: "8000",
      LASTBEAT_SERVICE_PORT_HTTP: "8000",
      LASTBEAT_PORT: "tcp://10.0.0.1:8000",
      LASTBEAT_PORT_8000_TCP: "tcp://10.0.0.1:8000",
      LASTBEAT_PORT_8000_TCP_PROTO: "tcp",
      LASTBEAT_PORT_8000_TCP_ADDR: "10.0.0.1",
    };
    expect(problems(root(), env)).toEqual([]);
  });

  test.each(["../secret", "./production", "presets/production", "production.yaml", "/etc/passwd", "__proto__", "..", "a\u0000b"])(
    "SET1 a preset is a name, never a path: %j",
    (preset) => {
      const place = project(null, { production: "" });
      writeFileSync(join(place, "config/secret.yaml"), "system: { max_sessions: 7 }");
      expect(problems(place, { LASTBEAT_PRESET: preset })).toEqual([
        expect.stringMatching(/^environment LASTBEAT_PRESET: expected one of production, got "/),
      ]);
    },
  );

  test("SET1 a wrong value of a list is one line", () => {
    expect(problems(root(), { LASTBEAT_SERVER_TRUSTED_PROXIES: "10.0.0.0/99" })).toHaveLength(1);
  });

  test("SET1 a wrong value names its variable", () => {
    expect(problems(root(), { LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "soon", PORT: "80000" })).toEqual([
      "environment PORT: expected a whole number from 0 to 65535, got 80000",
      'environment LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: expected a number from 0.2 to 3600 s, got "soon"',
    ]);
  });
});

describe("SET1 a bad file stops the start", () => {
  test("SET1 a wrong value is reported with file, line and column", () => {
    const root = project('# one\nsystem:\n  max_sessions: 3\nwebsocket:\n  heartbeat_interval: "abc"\n');
    expect(problems(root)).toEqual([
      'config/config.yaml:5:23 websocket.heartbeat_interval: expected a number from 0.2 to 3600 s, got "abc"',
    ]);
  });

  test("SET1 all problems are reported in one go, hidden ones too", () => {
    const root = project(
      "lab: maybe\nlog:\n  level: loud\nserver:\n  port: -1\n  allowed_origins: [chat.example.com]\n  trusted_proxies: [10.0.0.0/33]\n",
    );
    expect(problems(root, { PORT: "8001" })).toEqual([
      'config/config.yaml:1:6 lab: expected true or false, got "maybe"',
      'config/config.yaml:3:10 log.level: expected one of debug, info, warn, error, got "loud"',
      "config/config.yaml:5:9 server.port: expected a whole number from 0 to 65535, got -1",
      'config/config.yaml:6:20 server.allowed_origins: expected a list of origins such as https://chat.example.com, got ["chat.example.com"]',
      'config/config.yaml:7:20 server.trusted_proxies: expected a list of addresses, networks such as 10.0.0.0/8, and the word loopback, got ["10.0.0.0/33"]',
    ]);
  });

  test.each([
    [
      "websocket:\n  heartbeat_intervall: 5\n",
      "2:3 websocket.heartbeat_intervall: unknown key; did you mean websocket.heartbeat_interval?",
    ],
    [
      "system:\n  heartbeat_interval: 5\n",
      "2:3 system.heartbeat_interval: unknown key; did you mean websocket.heartbeat_interval?",
    ],
    ["websockets:\n  heartbeat_interval: 5\n", "1:1 websockets: unknown key; did you mean websocket?"],
    ["colour: blue\n", "1:1 colour: unknown key"],
    ["websocket: 5\n", "1:1 websocket: expected a section with keys of its own, got 5"],
    ["system:\n  max_sessions:\n", "2:3 system.max_sessions: expected a whole number from 1 to 1000000, got null"],
    ["- a\n", '1:1: expected keys with values, got ["a"]'],
    ["preset: fastt\n", '1:9 preset: expected one of fast, got "fastt"; did you mean fast?'],
  ])("SET1 %j", (yaml, expected) => {
    expect(problems(project(yaml, { fast: "" }))).toEqual([`config/config.yaml:${expected}`]);
  });

  test("SET1 broken YAML and a key written twice are reported where they stand", () => {
    expect(problems(project("system:\n  max_sessions: [1\n"))[0]).toMatch(/^config\/config\.yaml:3:1: /);
    expect(problems(project("lab: true\nlab: false\n"))).toEqual(["config/config.yaml:2:1: Map keys must be unique"]);
  });

  test("SET1 an unreadable file is one line", () => {
    const root = project(null);
    mkdirSync(join(root, "config/config.yaml"));
    expect(problems(root)).toEqual(["config/config.yaml: cannot be read (EISDIR)"]);
  });

  test("SET1 a mistake in a preset names the preset's file", () => {
    const root = project("preset: mine\n", { mine: "system:\n  tick: fast\n" });
    expect(problems(root)).toEqual([
      'config/presets/mine.yaml:2:9 system.tick: expected a whole number from 10 to 1000 ms, got "fast"',
    ]);
  });
});

describe("SET2 rules across fields", () => {
  test("SET2 a broken rule points to where the value was written", () => {
    const root = project("websocket:\n  heartbeat_interval: 10\n  heartbeat_pong_timeout: 15\n");
    expect(problems(root)).toEqual([
      "config/config.yaml:3:27 websocket.heartbeat_pong_timeout: must not be longer than websocket.heartbeat_interval (10 s), got 15 s",
    ]);
  });

  test("SET2 a default that no longer fits is named as such", () => {
    expect(problems(project("memory:\n  hard: 0.5\n"))).toEqual([
      "memory.soft: must be below memory.hard (0.5), got 0.8 (the default)",
    ]);
  });

  test("SET2 a pong timeout or idle warning nobody wrote follows the value it depends on", () => {
    const { settings } = loadConfig({
      root: project("websocket:\n  heartbeat_interval: 5\nsystem:\n  session_timeout: 20\n"),
      env: {},
    });
    expect(settings).toMatchObject({ heartbeatPongTimeoutMs: 5_000, idleWarningMs: 10_000 });
  });

  test("SET2 it follows a stronger layer only: two values of one file are taken as meant", () => {
    const presets = { slow: "websocket:\n  heartbeat_interval: 60\n  heartbeat_pong_timeout: 50\n" };
    const root = project("preset: slow\nwebsocket:\n  heartbeat_interval: 40\n", presets);
    expect(loadConfig({ root, env: {} }).settings.heartbeatPongTimeoutMs).toBe(40_000);
    const env = { LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "45" };
    expect(problems(root, env)).toEqual([
      "environment LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: must not be longer than websocket.heartbeat_interval (40 s), got 45 s",
    ]);
  });
});

test("SET1 the result is frozen and its paths are absolute", () => {
  const root = project(null);
  const config = loadConfig({ root, env: {} });
  expect(Object.isFrozen(config)).toBe(true);
  for (const part of [config.settings, config.sources, config.server, config.ledger, config.log]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
  expect(config.ledger.file).toBe(join(root, "data/lastbeat.db"));
  expect(config.log.file).toBe(join(root, "logs/app.log"));
});
