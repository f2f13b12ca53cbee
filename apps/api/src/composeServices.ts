/** Assembles the services of a server, each from those it uses. `runtime.ts` puts them on a port. */
import { dirname } from "node:path";
import { createSessionKeeper, type KeeperLog, type MemorySource, type SessionKeeper } from "@lastbeat/core";
import { createSignInServices } from "./auth/createSignInServices.ts";
import { Chat } from "./chat/chat.ts";
import { DiskFloor } from "./chat/diskFloor.ts";
import type { Config } from "./config.ts";
import type { ConnectionLimit, Descriptors } from "./connectionLimit.ts";
import { endQuerySchema } from "./contract/endQuery.ts";
import type { EndView } from "./contract/views.ts";
import { createGuarded, type Guarded } from "./guarded.ts";
import type { Store } from "./ledger/store.ts";
import { LiveWindows } from "./live/liveWindows.ts";
import { LiveSessions } from "./liveSessions.ts";
import { LogSettings } from "./log/logSettings.ts";
import type { LogControl } from "./log.ts";
import { processMemory } from "./memorySource.ts";
import { Metrics } from "./metrics/metrics.ts";
import { OverviewFeed } from "./overviewFeed.ts";
import { TrustedProxies } from "./proxies/trustedProxies.ts";
import { Readiness } from "./readiness.ts";
import type { Services } from "./services.ts";
import { settingsInForce } from "./settings/settingsInForce.ts";
import { createSettingsService, type SettingsService } from "./settings/settingsService.ts";
import { SystemReport } from "./systemReport.ts";
import type { Traces } from "./telemetry/traces.ts";
import { RefusalLog } from "./transports/refusalLog.ts";
import { createUsers } from "./users/createUsers.ts";
import { version } from "./version.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

export interface ServerParts {
  readonly config: Config;
  readonly log: KeeperLog;
  /** Through which operators change the log's level. Default: one that changes nothing. */
  readonly logControl?: LogControl;
  /** `null` or omitted unless OpenTelemetry is asked for. */
  readonly traces?: Traces | null;
  readonly store: Store;
  readonly memory?: MemorySource;
  /** Default: the process's own. */
  readonly descriptors?: Descriptors;
  /** The wall clock in epoch milliseconds. Default: the system clock. */
  readonly now?: () => number;
}

/** The parts of a server with the optional ones filled in, and what all services share. */
interface Ground extends Required<Omit<ServerParts, "descriptors">> {
  readonly connectionLimit: ConnectionLimit;
  readonly keeper: SessionKeeper;
  readonly guarded: Guarded;
  readonly dataFolder: string;
  readonly startedAtMs: number;
  readonly savedKeys: ReturnType<typeof settingsInForce>["savedKeys"];
  readonly lastEnds: readonly EndView[];
}

export async function composeServices(parts: ServerParts, connectionLimit: ConnectionLimit): Promise<Services> {
  const ground = await layGround(parts, connectionLimit);
  const { config, log, traces, store, now, keeper } = ground;
  const signIn = await createSignInServices(ground);
  const chat = await chatServices(ground);
  const settings = settingsService(ground, signIn);
  const webhooks = new Webhooks({ webhooks: config.webhooks, store: store.webhooks, file: config.ledger.file, log, now });
  return {
    keeper,
    store,
    traces,
    log,
    now,
    settings,
    webhooks,
    ...signIn,
    ...chat,
    ...views(ground, { ...signIn, ...chat, settings, webhooks }),
    refusals: new RefusalLog(log),
    localReads: config.server.localReads,
    basePath: config.server.basePath,
    proxies: new TrustedProxies(config.server.trustedProxies, log),
    lab: config.lab,
    live: new LiveSessions(keeper, store.ends),
    windows: new LiveWindows({ keeper, log }),
  };
}

async function layGround(parts: ServerParts, connectionLimit: ConnectionLimit): Promise<Ground> {
  const { config, log, store, now = Date.now } = parts;
  const { logControl = { level: config.log.level }, traces = null, memory = processMemory() } = parts;
  const { rows: lastEnds } = await store.ends.page(endQuerySchema.parse({ limit: 10 }));
  const { values, revision } = await store.revisions.current();
  const { settings, savedKeys } = settingsInForce(config.settings, values, log);
  const keeper = createSessionKeeper({ ledger: store.ledger, settings, memory, log, settingsRevision: revision });
  const shared = { keeper, guarded: createGuarded(log), dataFolder: dirname(config.ledger.file), startedAtMs: now() };
  return { config, log, logControl, traces, store, memory, now, connectionLimit, savedKeys, lastEnds, ...shared };
}

async function chatServices(ground: Ground): Promise<Pick<Services, "users" | "diskFloor" | "chat">> {
  const { config, keeper, store, now, log, guarded, dataFolder } = ground;
  const diskFloor = new DiskFloor({ folder: dataFolder, floorBytes: config.ledger.diskFloorBytes, log });
  await diskFloor.start();
  const users = createUsers({ config, keeper, now, log, guarded });
  const { historyLimit } = config.chat;
  const chat = new Chat({ keeper, messages: store.messages, historyLimit, users, diskFloor, now, guarded });
  return { users, diskFloor, chat };
}

function settingsService(ground: Ground, { audit }: Pick<Services, "audit">): SettingsService {
  const { config, keeper, store, savedKeys, now } = ground;
  const { preset, sources } = config;
  return createSettingsService({
    keeper,
    revisions: store.revisions,
    preset,
    sources,
    savedKeys,
    now,
    onSaved: (revision, by, restored) => audit.settingsSaved(revision, by, restored),
  });
}

/** What shows how the server does: to operators, to scrapers, to probes and to a collector of traces. */
function views(
  ground: Ground,
  { attempts, chat, settings, webhooks }: Pick<Services, "attempts" | "chat" | "settings" | "webhooks">,
): Pick<Services, "readiness" | "metrics" | "logSettings" | "overviewFeed" | "system"> {
  const { config, log, logControl, traces, store, memory, now, keeper, connectionLimit, startedAtMs, lastEnds, guarded } = ground;
  traces?.watchSessions(keeper);
  traces?.watchCommits(store);
  const readiness = new Readiness(store, connectionLimit);
  const logSettings = new LogSettings(log, logControl, config.log);
  const { file, queueLimit } = config.ledger;
  const measured = { keeper, store, connectionLimit, memory, chat, webhooks, now };
  return {
    readiness,
    logSettings,
    metrics: new Metrics({ ...measured, ledgerFile: file, queueLimit, startedAtMs, failedAttempts: attempts }),
    overviewFeed: new OverviewFeed({ keeper, store, startedAtMs, version, lastEnds, now, guarded }),
    system: new SystemReport({ store, readiness, config, settings, log: logSettings, memory, startedAtMs, now }),
  };
}
