/**
 * The server's configuration: defaults < preset < `config/config.yaml` < environment (rule SET1). Settings saved by an operator override
 * it at run time. This is the only reader of `process.env`.
 */
import { readdirSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ErrorIssue, SettingKey, Settings } from "@lastbeat/core";
import type { ConfigValue } from "./config/configLines.ts";
import { type Environment, environmentLayer, fileVariable } from "./config/environmentLayer.ts";
import { type Exposure, exposureIssues } from "./config/exposure.ts";
import { presetPath } from "./config/keys.ts";
import { type Entry, emptyLayer, type Layer } from "./config/layer.ts";
import { type Merged, mergeLayers } from "./config/merge.ts";
import { type OidcConfig, oidcConfig, oidcIssues } from "./config/oidcFields.ts";
import { readListenAddress, type ServerValues } from "./config/serverFields.ts";
import { didYouMean } from "./config/suggest.ts";
import { type TelemetryConfig, telemetryAsked } from "./config/telemetryAsked.ts";
import { type UsersConfig, usersConfig, usersIssues } from "./config/userFields.ts";
import { webhooksOf } from "./config/webhookList.ts";
import { yamlFileLayer } from "./config/yamlLayer.ts";
import { failure } from "./contract/errors.ts";
import { expectedGot } from "./contract/validation.ts";
import type { SettingSource } from "./contract/views.ts";
import type { HttpLimits } from "./httpServer.ts";
import type { LogFormat, LogLevel } from "./log/line.ts";
import type { Webhook } from "./webhooks/webhook.ts";

export interface Config {
  /** The keeper's settings in code units, complete and validated. */
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingKey, SettingSource>>;
  readonly preset: string;
  readonly server: {
    readonly host: string;
    /** 0 lets the system choose. */
    readonly port: number;
    /** 0 derives it from the number of sessions. */
    readonly drainLimitMs: number;
    /** Origins whose pages may connect, besides the server's own. */
    readonly allowedOrigins: readonly string[];
    /** Whether programs on this machine may read over REST without a token. */
    readonly localReads: boolean;
    /** Path at which a proxy serves Lastbeat, such as `/chat`; empty for the root. */
    readonly basePath: string;
    /** Proxies whose headers are trusted: addresses, networks and `loopback`. */
    readonly trustedProxies: readonly string[];
    /** Risks that a server other machines can reach may take: see `config/exposure.ts`. */
    readonly acceptRisks: readonly string[];
    readonly http: HttpLimits;
  };
  readonly websocket: { readonly maxFrameBytes: number };
  readonly ledger: {
    /** Absolute. */
    readonly file: string;
    /** 0 keeps everything. */
    readonly retentionDays: number;
    readonly queueLimit: number;
    /** 0: none. */
    readonly diskFloorBytes: number;
    readonly durability: "process" | "power";
    /** Copies of the database to keep from before upgrades. */
    readonly upgradeCopies: number;
  };
  readonly log: {
    /** Absolute. */
    readonly file: string;
    readonly level: LogLevel;
    readonly format: LogFormat;
  };
  readonly telemetry: TelemetryConfig;
  readonly chat: { readonly historyLimit: number };
  /** How users are known. */
  readonly users: UsersConfig;
  /** Where metrics are served without a token; `null` for nowhere. */
  readonly metrics: { readonly listen: { readonly host: string; readonly port: number } | null };
  readonly webhooks: readonly Webhook[];
  readonly operators: {
    /** How long a sign-in lasts. */
    readonly sessionMs: number;
    /** `null`: no OpenID provider. */
    readonly oidc: OidcConfig | null;
  };
  /** Whether the chat offers its connection lab. */
  readonly lab: boolean;
  /** Every key as configured, with the source of its value. Settings saved by operators override these. */
  readonly values: readonly ConfigValue[];
  /** The folder that relative paths start from. */
  readonly root: string;
  /** The configuration file as named in messages; `null` if there is none. */
  readonly file: string | null;
}

export interface ConfigSource {
  readonly env?: Environment;
  /** The project folder. It holds `config/`, and relative paths start there. */
  readonly root?: string;
}

const defaultPreset = "production";
const projectRoot = resolve(import.meta.dirname, "../../..");

/**
 * Reads and validates the whole configuration.
 * @throws {LastbeatError} `invalid_config` listing every problem, one per line.
 */
export function loadConfig({ env = process.env, root = projectRoot }: ConfigSource = {}): Config {
  const environment = environmentLayer(env);
  const { layer: file, name } = readFile(env, root);
  const chosen = [...environment.entries, ...file.entries].find(({ path }) => path === presetPath);
  const preset = readPreset(chosen, root);
  const merged = mergeLayers({ preset: preset.layer, file, environment });
  const chosenBy = {
    path: presetPath,
    value: preset.name,
    source: presetSource(chosen, environment),
    where: chosen?.where ?? null,
  };
  const together = () => [...usersIssues(usersConfig(merged.server)), ...oidcIssues(oidcConfig(merged.server))];
  const problems = merged.problems.length > 0 ? merged.problems : together();
  if (problems.length > 0) throw invalid(problems);
  return assemble(
    { ...merged, values: [chosenBy, ...merged.values] },
    {
      root,
      file: name,
      preset: preset.name,
      telemetry: Object.freeze(telemetryAsked(env)),
    },
  );
}

/** What the configuration exposes to strangers. */
export function exposureOf({ server, settings, users }: Config): Exposure {
  return { host: server.host, trustedProxies: server.trustedProxies, usersMode: users.mode, settings };
}

/**
 * Refuses a server that strangers can reach and that is not made for them (rule RUN1). Commands that only read do without this.
 * @throws {LastbeatError} `invalid_config` with one line per risk that is not accepted.
 */
export function refuseRisks(config: Config): void {
  const whereOf = (path: string) => config.values.find((value) => value.path === path)?.where ?? null;
  const issues = exposureIssues(exposureOf(config), config.server.acceptRisks, whereOf);
  if (issues.length > 0) throw invalid(issues);
}

/** Reports all problems at once, however many, so that one edit can fix them. */
function invalid(issues: readonly ErrorIssue[]): Error {
  return failure("invalid_config", issues.map(({ field, message }) => `${field}: ${message}`).join("\n"), { issues });
}

function readFile(env: Environment, root: string): { readonly layer: Layer; readonly name: string | null } {
  const named = env[fileVariable]?.trim() ?? "";
  const file = resolve(root, named === "" ? "config/config.yaml" : named);
  const name = displayed(file, root);
  const layer = yamlFileLayer({ file, name });
  if (layer !== undefined) return { layer, name };
  if (named === "") return { layer: emptyLayer, name: null };
  const problem = { field: `environment ${fileVariable}`, message: `no such file: ${name}` };
  return { layer: { entries: [], problems: [problem] }, name };
}

function presetSource(chosen: Entry | undefined, environment: Layer): SettingSource {
  if (chosen === undefined) return "default";
  return environment.entries.includes(chosen) ? "environment" : "file";
}

function displayed(file: string, root: string): string {
  const inside = relative(root, file);
  return inside.startsWith("..") || isAbsolute(inside) ? file : inside.replaceAll(sep, "/");
}

function readPreset(chosen: Entry | undefined, root: string): { readonly name: string; readonly layer: Layer } {
  const folder = join(root, "config/presets");
  const names = presetFiles(folder);
  const name = chosen?.written ?? defaultPreset;
  if (typeof name === "string" && names.includes(name)) {
    const layer = yamlFileLayer({ file: join(folder, `${name}.yaml`), name: `config/presets/${name}.yaml` });
    return { name, layer: layer ?? emptyLayer };
  }
  if (chosen === undefined) return { name: defaultPreset, layer: emptyLayer };
  const hint = didYouMean(String(name), names);
  const message = expectedGot(`one of ${names.join(", ")}`, name) + hint;
  return { name: String(name), layer: { entries: [], problems: [{ field: chosen.where, message }] } };
}

function presetFiles(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
    return files.map((file) => file.slice(0, -".yaml".length)).sort();
  } catch {
    return [];
  }
}

function assemble(merged: Merged, from: Pick<Config, "root" | "file" | "preset" | "telemetry">): Config {
  const server: ServerValues = merged.server;
  return Object.freeze({
    settings: merged.settings,
    sources: merged.sources,
    values: Object.freeze(merged.values),
    ...from,
    server: Object.freeze({
      host: server.host,
      port: server.port,
      drainLimitMs: server.drainLimit * 1_000,
      allowedOrigins: Object.freeze([...server.allowedOrigins]),
      localReads: server.localReads,
      basePath: server.basePath === "/" ? "" : server.basePath,
      trustedProxies: Object.freeze([...server.trustedProxies]),
      acceptRisks: Object.freeze([...server.acceptRisks]),
      http: Object.freeze({
        headerTimeoutMs: server.headerTimeout * 1_000,
        requestTimeoutMs: server.requestTimeout * 1_000,
        stallTimeoutMs: server.stallTimeout * 1_000,
      }),
    }),
    websocket: Object.freeze({ maxFrameBytes: server.maxFrameBytes }),
    ledger: Object.freeze({
      file: resolve(from.root, server.ledgerFile),
      retentionDays: server.retentionDays,
      queueLimit: server.queueLimit,
      diskFloorBytes: server.diskFloor * 2 ** 20,
      durability: server.durability,
      upgradeCopies: server.upgradeCopies,
    }),
    log: Object.freeze({ file: resolve(from.root, server.logFile), level: server.logLevel, format: server.logFormat }),
    chat: Object.freeze({ historyLimit: server.historyLimit }),
    users: usersConfig(server),
    metrics: Object.freeze({ listen: readListenAddress(server.metricsListen) }),
    webhooks: Object.freeze(webhooksOf(server.webhooks, from.root)),
    operators: Object.freeze({ sessionMs: server.sessionHours * 3_600_000, oidc: oidcConfig(server) }),
    lab: server.lab,
  });
}
