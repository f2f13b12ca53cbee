/** Configuration keys other than the keeper's settings. They are fixed while the server runs. */

import { logFormats, logLevels } from "../log/line.ts";
import { isAddressRule } from "../proxies/addressRules.ts";
import { expectedBasePath, readBasePath } from "../web/basePath.ts";
import { isRisk, risks } from "./exposure.ts";
import type { ServerField } from "./serverField.ts";
import { userModes } from "./userMode.ts";
import { webhookList } from "./webhookList.ts";

const asIs = (text: string): unknown => text;

export function numberFromText(text: string): unknown {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function integer(path: string, fallback: number, [min, max]: readonly [number, number]): ServerField<number> {
  return {
    path,
    default: fallback,
    expected: `a whole number from ${min} to ${max}`,
    read: (written) =>
      typeof written === "number" && Number.isInteger(written) && written >= min && written <= max ? written : undefined,
    fromText: numberFromText,
  };
}

function text(path: string, fallback: string, expected: string): ServerField<string> {
  return {
    path,
    default: fallback,
    expected,
    read: (written) => (typeof written === "string" && written.trim() !== "" ? written.trim() : undefined),
    fromText: asIs,
  };
}

function choice<const T extends string>(path: string, fallback: NoInfer<T>, choices: readonly T[]): ServerField<T> {
  return {
    path,
    default: fallback,
    expected: `one of ${choices.join(", ")}`,
    read: (written) => choices.find((choice) => choice === written),
    fromText: asIs,
  };
}

const flagWords: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false };

function flag(path: string, fallback: boolean): ServerField<boolean> {
  return {
    path,
    default: fallback,
    expected: "true or false",
    read: (written) => (typeof written === "boolean" ? written : undefined),
    fromText: (word) => flagWords[word.toLowerCase()] ?? word,
  };
}

function list(path: string, expected: string, isMember: (written: unknown) => written is string): ServerField<readonly string[]> {
  return {
    path,
    default: [],
    expected: `a list of ${expected}`,
    read: (written) => (Array.isArray(written) && written.every(isMember) ? written : undefined),
    fromText: (text) =>
      text
        .split(",")
        .map((member) => member.trim())
        .filter((member) => member !== ""),
  };
}

/** A text that no message shows. */
function secret(path: string, expected: string, minBytes: number): ServerField<string> {
  return {
    path,
    default: "none",
    expected,
    isSecret: true,
    read: (written) =>
      written === "none" || (typeof written === "string" && Buffer.byteLength(written) >= minBytes) ? written : undefined,
    fromText: asIs,
  };
}

function webUrl(path: string): ServerField<string> {
  return {
    path,
    default: "none",
    expected: "none, or a URL with https: (http: for this machine only)",
    read: (written) => (written === "none" || isWebUrl(written) ? (written as string) : undefined),
    fromText: asIs,
  };
}

/** One whose path and query may be a secret. */
function secretUrl(path: string): ServerField<string> {
  return {
    ...webUrl(path),
    isSecret: true,
    shown: (written) => (typeof written === "string" && URL.canParse(written) ? new URL(written).origin : written),
  };
}

const ownHosts = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Over plain HTTP anybody on the way could say who users are. */
function isWebUrl(written: unknown): boolean {
  if (typeof written !== "string" || !URL.canParse(written)) return false;
  const { protocol, hostname } = new URL(written);
  return protocol === "https:" || (protocol === "http:" && ownHosts.has(hostname));
}

function isText(written: unknown): written is string {
  return typeof written === "string" && written.trim() !== "";
}

function isOrigin(written: unknown): written is string {
  return typeof written === "string" && URL.canParse(written) && new URL(written).origin === written;
}

/** Reads `host:port`, with an IPv6 host in brackets; `null` if it is anything else. */
export function readListenAddress(written: unknown): { readonly host: string; readonly port: number } | null {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/i.exec(typeof written === "string" ? written : "") ?? [];
  if (host === undefined || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** The shortest secret that is shared with an OpenID provider, in bytes. */
export const OIDC_SECRET_BYTES = 16;

export const serverFields = {
  host: text("server.host", "127.0.0.1", "an address or a host name"),
  port: integer("server.port", 8000, [0, 65_535]),
  drainLimit: integer("server.drain_limit", 0, [0, 3_600]),
  allowedOrigins: list("server.allowed_origins", "origins such as https://chat.example.com", isOrigin),
  localReads: flag("server.local_reads", true),
  basePath: {
    path: "server.base_path",
    default: "/",
    expected: expectedBasePath,
    read: readBasePath,
    fromText: asIs,
  } satisfies ServerField<string> as ServerField<string>,
  trustedProxies: list("server.trusted_proxies", "addresses, networks such as 10.0.0.0/8, and the word loopback", isAddressRule),
  headerTimeout: integer("server.header_timeout", 10, [1, 600]),
  requestTimeout: integer("server.request_timeout", 20, [1, 3_600]),
  stallTimeout: integer("server.stall_timeout", 60, [1, 3_600]),
  acceptRisks: list("server.accept_risks", `the words ${risks.join(", ")}`, isRisk),
  maxFrameBytes: integer("websocket.max_frame_bytes", 65_536, [1_024, 16_777_216]),
  ledgerFile: text("ledger.file", "data/lastbeat.db", "a path"),
  retentionDays: integer("ledger.retention_days", 90, [0, 36_500]),
  queueLimit: integer("ledger.queue_limit", 10_000, [100, 10_000_000]),
  diskFloor: integer("ledger.disk_floor", 256, [0, 1_000_000_000]),
  durability: choice("ledger.durability", "process", ["process", "power"]),
  upgradeCopies: integer("ledger.upgrade_copies", 3, [0, 100]),
  logFile: text("log.file", "logs/app.log", "a path"),
  logLevel: choice("log.level", "info", logLevels),
  logFormat: choice("log.format", "text", logFormats),
  metricsListen: {
    path: "metrics.listen",
    default: "none",
    expected: "none, or an address and a port such as 127.0.0.1:9464",
    read: (written) => (written === "none" || readListenAddress(written) !== null ? (written as string) : undefined),
    fromText: asIs,
  } satisfies ServerField<string> as ServerField<string>,
  historyLimit: integer("chat.history_limit", 50, [1, 100]),
  webhooks: webhookList,
  usersMode: choice("users.mode", "guest", userModes),
  jwtSecret: secret("users.jwt.secret", "none, or at least 32 bytes", 32),
  jwtSecretFile: text("users.jwt.secret_file", "none", "none, or a path"),
  jwksUrl: secretUrl("users.jwt.jwks_url"),
  jwtIssuer: text("users.jwt.issuer", "none", "none, or the claim iss of your tokens"),
  jwtAudience: text("users.jwt.audience", "none", "none, or the claim aud of your tokens"),
  jwtClockTolerance: integer("users.jwt.clock_tolerance", 5, [0, 300]),
  jwtNameClaim: text("users.jwt.name_claim", "name", "the name of a claim"),
  usersWebhookUrl: secretUrl("users.webhook.url"),
  usersWebhookSecret: secret("users.webhook.secret", "none, or at least 32 bytes", 32),
  usersWebhookSecretFile: text("users.webhook.secret_file", "none", "none, or a path"),
  usersWebhookTimeout: integer("users.webhook.timeout", 3, [1, 60]),
  usersWebhookMaxConcurrent: integer("users.webhook.max_concurrent", 50, [1, 10_000]),
  jwtRoomsClaim: text("users.jwt.rooms_claim", "none", "none, or the name of a claim"),
  sessionHours: integer("operators.session_hours", 12, [1, 720]),
  oidcIssuer: webUrl("operators.oidc.issuer"),
  oidcClientId: text("operators.oidc.client_id", "none", "none, or the id of this server at the provider"),
  oidcClientSecret: secret("operators.oidc.client_secret", "none, or at least 16 bytes", OIDC_SECRET_BYTES),
  oidcClientSecretFile: text("operators.oidc.client_secret_file", "none", "none, or a path"),
  oidcLabel: text("operators.oidc.label", "your company's account", "a few words"),
  oidcScopes: text("operators.oidc.scopes", "openid profile email", "scopes, with spaces between"),
  oidcNameClaim: text("operators.oidc.name_claim", "email", "the name of a claim"),
  oidcRoleClaim: text("operators.oidc.role_claim", "none", "none, or the name of a claim"),
  oidcAdmins: list("operators.oidc.admins", "values of the role claim", isText),
  oidcOperators: list("operators.oidc.operators", "values of the role claim", isText),
  oidcViewers: list("operators.oidc.viewers", "values of the role claim", isText),
  lab: flag("lab", false),
} as const;

export type ServerFieldKey = keyof typeof serverFields;
export type ServerValues = {
  readonly [K in ServerFieldKey]: (typeof serverFields)[K] extends ServerField<infer T> ? T : never;
};
export const serverFieldKeys = Object.keys(serverFields) as ServerFieldKey[];
