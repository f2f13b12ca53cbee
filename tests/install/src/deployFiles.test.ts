/** Every path, command and variable that the Dockerfile, compose.yaml, the Caddyfile and the systemd unit name exists. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fileVariable } from "../../../apps/api/src/config/environmentLayer.ts";
import { configKeys, environmentName } from "../../../apps/api/src/config/keys.ts";
import { loadConfig, refuseRisks } from "../../../apps/api/src/config.ts";
import { drainLimitMs } from "../../../apps/api/src/stopping.ts";
import { copyOf, environmentOf, healthcheckOf, ignores, stagesOf, wordsOf } from "./image/dockerfile.ts";

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8");
const isThere = (path: string) => existsSync(join(projectRoot, path));
const variables = new Set([fileVariable, "PORT", "NODE_ENV", ...[...configKeys.keys()].map(environmentName)]);
const unknownAmong = (names: readonly string[]) => names.filter((name) => !variables.has(name));
/** The sessions for which the files say that their time to stop is enough. */
const SESSIONS = 55_000;
const has = (program: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

describe("Dockerfile", () => {
  const stages = stagesOf(read("Dockerfile"));
  const stage = (name: string | null) => stages.find((stage) => stage.name === name) ?? expect.unreachable(`no stage ${name}`);
  const last = stage(null);
  const isIgnored = ignores(read(".dockerignore"));

  it("RUN6 copies what is there, and .dockerignore leaves it in", () => {
    const copies = stages.flatMap(({ instructions }) =>
      instructions.filter(({ name }) => name === "COPY").map(({ rest }) => copyOf(rest)),
    );
    const fromContext = copies.filter(({ stage }) => stage === null).flatMap(({ sources }) => sources);
    expect(fromContext.length).toBeGreaterThan(15);
    expect(fromContext.filter((path) => !isThere(path) || isIgnored(path))).toEqual([]);
    for (const { stage: from } of copies.filter(({ stage }) => stage !== null))
      expect(stages.map(({ name }) => name)).toContain(from);
    const built = copies.filter(({ stage }) => stage === "build").flatMap(({ sources }) => sources);
    expect(built).toEqual(["/app/apps/admin/build", "/app/apps/chat/build"]);
  });

  it("RUN6 installs from the package.json of every workspace", () => {
    const { workspaces } = JSON.parse(read("package.json")) as { workspaces: string[] };
    const expected = globSync(
      workspaces.map((folder) => `${folder}/package.json`),
      { cwd: projectRoot },
    );
    const copied = wordsOf(stage("packages"), "COPY").flatMap((words) => words.slice(0, -1));
    expect(copied.filter((path) => path.includes("/")).sort()).toEqual(
      expected.filter((path) => !path.includes("node_modules")).sort(),
    );
  });

  it("RUN6 runs and checks programs that the image has, as an unprivileged user, with variables that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const { rest } of stages.flatMap(({ instructions }) => instructions).filter(({ name }) => name === "RUN"))
      for (const [, script = ""] of rest.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const command of [...wordsOf(last, "CMD"), healthcheckOf(last)]) {
      const [program, file = ""] = command;
      expect([program, isThere(file), isIgnored(file)]).toEqual(["node", true, false]);
    }
    expect(unknownAmong(Object.keys(environmentOf(last)))).toEqual([]);
    expect(wordsOf(last, "USER")).toEqual([["node"]]);
    expect(wordsOf(last, "STOPSIGNAL")).toEqual([["SIGTERM"]]);
    const { LASTBEAT_LEDGER_FILE = "", LASTBEAT_LOG_FILE = "" } = environmentOf(last);
    expect(wordsOf(last, "VOLUME")).toEqual([[dirname(LASTBEAT_LEDGER_FILE), dirname(LASTBEAT_LOG_FILE)]]);
    expect(wordsOf(last, "EXPOSE")).toEqual([[String(configKeys.get("server.port")?.default)]]);
  });

  it("RUN6 leaves tests, builds and what may hold secrets out of the context", () => {
    for (const path of [
      ".git/config",
      "data/lastbeat.db",
      "logs/app.log",
      ".env",
      "apps/api/.env.local",
      "node_modules/ws",
      "apps/chat/build/x",
      "apps/api/src/log.test.ts",
    ])
      expect([path, isIgnored(path)]).toEqual([path, true]);
    for (const path of ["apps/api/src/log.ts", "packages/tools/src/buildWeb.ts", "config/config.yaml", "apps/chat/src/app.html"])
      expect([path, isIgnored(path)]).toEqual([path, false]);
  });
});

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly image: string;
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
}

describe("compose.yaml", () => {
  const compose = parse(read("compose.yaml")) as {
    services: Readonly<Record<string, Service>>;
    networks: Readonly<Record<string, { ipam?: { config: { subnet: string }[] } } | null>>;
    volumes: Readonly<Record<string, null>>;
  };
  const services = Object.entries(compose.services);
  const server = compose.services.lastbeat ?? expect.unreachable();
  const caddy = compose.services.caddy ?? expect.unreachable();

  it("RUN6 mounts files that are there, and names only its own volumes, networks and services", () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
    const [files, named] = [mounts.filter((from) => from.startsWith("./")), mounts.filter((from) => !from.startsWith("./"))];
    expect(files.filter((path) => !isThere(path))).toEqual([]);
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const [, { networks = [], depends_on = {} }] of services) {
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
      for (const other of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(other);
    }
  });

  it("RUN6 gives the server variables that there are, trusts Caddy's network, and lets only Caddy out", () => {
    expect(unknownAmong(Object.keys(server.environment ?? {}))).toEqual([]);
    const config = loadConfig({
      env: { ...environmentOf(stagesOf(read("Dockerfile")).at(-1) ?? expect.unreachable()), ...server.environment },
    });
    const [{ subnet } = { subnet: "" }] = compose.networks.front?.ipam?.config ?? [];
    expect(config.server.trustedProxies).toEqual([subnet]);
    expect(services.filter(([, { networks = [] }]) => networks.includes("front")).map(([name]) => name)).toEqual([
      "lastbeat",
      "caddy",
    ]);
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published.filter((port) => !port.includes("127.0.0.1:")).sort()).toEqual([
      "caddy 443:443",
      "caddy 443:443/udp",
      "caddy 80:80",
    ]);
  });

  it("RUN1 RUN6 with what OPERATIONS.md says to write, the server starts for strangers", () => {
    const [, yaml = ""] = /^## On the internet in ten minutes$.*?```yaml\n(.*?)```/ms.exec(read("docs/OPERATIONS.md")) ?? [];
    const text = yaml.replaceAll(/^ {3}/gm, "").replace("secret: none", `secret: ${"5a".repeat(32)}`);
    const place = mkdtempSync(join(tmpdir(), "lastbeat-config-"));
    writeFileSync(join(place, "config.yaml"), text);
    writeFileSync(join(place, "guests.yaml"), text.replace(/^users:.*/ms, "server: { accept_risks: [guests] }\n"));
    const image = environmentOf(stagesOf(read("Dockerfile")).at(-1) ?? expect.unreachable());
    const env = (name: string) => ({ ...image, ...server.environment, LASTBEAT_CONFIG: join(place, name) });
    try {
      for (const name of ["config.yaml", "guests.yaml"]) expect(() => refuseRisks(loadConfig({ env: env(name) }))).not.toThrow();
      expect(loadConfig({ env: env("config.yaml") })).toMatchObject({ users: { mode: "jwt" }, settings: { maxSessions: 2_000 } });
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it("RUN7 waits with its SIGKILL until the drain limit has passed", () => {
    const [, minutes] = /^(\d+)m$/.exec(server.stop_grace_period ?? "") ?? [];
    expect(Number(minutes) * 60_000).toBeGreaterThanOrEqual(drainLimitMs(0, SESSIONS));
    expect(read("compose.yaml")).toContain(SESSIONS.toLocaleString("en-US"));
  });

  it("RUN6 Prometheus scrapes the port that the server opens for it", () => {
    const port = server.environment?.LASTBEAT_METRICS_LISTEN?.split(":")[1];
    const {
      scrape_configs: [job],
      rule_files,
    } = parse(read("deploy/prometheus/compose.yaml"));
    expect(job.static_configs[0].targets).toEqual([`lastbeat:${port}`]);
    const mounts = compose.services.prometheus?.volumes ?? [];
    for (const file of rule_files) expect(mounts.some((mount) => mount.includes(`:/etc/prometheus/${file}:`))).toBe(true);
  });

  it("RUN6 Grafana finds the data source and the dashboard", () => {
    const grafana = compose.services.grafana?.volumes ?? [];
    const {
      datasources: [source],
    } = parse(read("deploy/grafana/provisioning/datasources/prometheus.yaml"));
    const {
      providers: [provider],
    } = parse(read("deploy/grafana/provisioning/dashboards/lastbeat.yaml"));
    expect(new URL(source.url).hostname).toBe("prometheus");
    expect(grafana.some((mount) => mount.split(":")[1] === `${provider.options.path}/lastbeat.json`)).toBe(true);
  });

  it("RUN6 the Caddyfile's variables come from Caddy's service, and its upstream is the server's port", () => {
    const text = read("deploy/caddy/Caddyfile");
    const names = [...text.matchAll(/\{\$([A-Z]+)/g)].map(([, name]) => name);
    expect(names).toEqual(["DOMAIN", "UPSTREAM"]);
    expect(Object.keys(caddy.environment ?? {})).toEqual(["DOMAIN"]);
    expect(text).toContain(`{$UPSTREAM:lastbeat:${configKeys.get("server.port")?.default}}`);
    if (!has("caddy")) return void process.stdout.write("SKIPPED: caddy validate, because Caddy is not installed\n");
    execFileSync("caddy", ["validate", "--adapter", "caddyfile", "--config", join(projectRoot, "deploy/caddy/Caddyfile")], {
      stdio: "ignore",
    });
  });
});

describe("the systemd unit", () => {
  const unit = read("deploy/systemd/lastbeat.service");
  const values = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
  const [folder = ""] = values("WorkingDirectory");
  const [program = "", script = ""] = (values("ExecStart")[0] ?? "").split(" ");

  it("RUN6 starts what an installation has, with variables that there are, in folders that it makes", () => {
    expect(program.startsWith(`${folder}/`)).toBe(true);
    expect([isThere(program.slice(folder.length + 1)), isThere(script)]).toEqual([true, true]);
    for (const [, path = ""] of unit.matchAll(/file:\/\/(\S+)/g)) expect(isThere(path.slice(folder.length + 1))).toBe(true);
    const environment = values("Environment").map((pair): [string, string] => [
      pair.split("=")[0] ?? "",
      pair.split("=")[1] ?? "",
    ]);
    expect(unknownAmong(environment.map(([name]) => name))).toEqual([]);
    const made = [
      ["LEDGER_FILE", "/var/lib", "StateDirectory"],
      ["LOG_FILE", "/var/log", "LogsDirectory"],
      ["CONFIG", "/etc", "ConfigurationDirectory"],
    ] as const;
    for (const [name, base, key] of made) {
      const value = environment.find(([variable]) => variable === `LASTBEAT_${name}`)?.[1] ?? "";
      expect(dirname(value)).toBe(`${base}/${values(key)[0]}`);
    }
  });

  it("RUN7 waits with its SIGKILL until the drain limit has passed", () => {
    expect(Number(values("TimeoutStopSec")[0]) * 1_000).toBeGreaterThanOrEqual(drainLimitMs(0, SESSIONS));
    expect(unit).toContain(SESSIONS.toLocaleString("en-US"));
  });

  it.runIf(has("systemd-analyze"))("RUN6 systemd understands it and finds little that is exposed", () => {
    const place = mkdtempSync(join(tmpdir(), "lastbeat-unit-"));
    const file = join(place, "lastbeat.service");
    writeFileSync(file, unit.replaceAll(folder, projectRoot));
    try {
      execFileSync("systemd-analyze", ["verify", "--man=no", file], { stdio: "pipe" });
      const rated = execFileSync("systemd-analyze", ["security", "--offline=true", file], { encoding: "utf8" });
      expect(Number(/Overall exposure level for .*: ([\d.]+)/.exec(rated)?.[1])).toBeLessThan(2);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it("RUN6 is readable by systemd, not executable", () => {
    expect(statSync(join(projectRoot, "deploy/systemd/lastbeat.service")).mode & 0o111).toBe(0);
  });
});
