/** Assembles the server: store, keeper, services, HTTP and WebSockets on one port. */
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import {
  createSessionKeeper,
  hasCode,
  type KeeperLog,
  type MemorySource,
  resolveSettings,
  type SettingKey,
  type Settings,
} from "@lastbeat/core";
import { AddressCap } from "./addressCap.ts";
import { createApp } from "./app.ts";
import { AdminAuth } from "./auth/adminAuth.ts";
import { Audit } from "./auth/audit.ts";
import { CookieSigner } from "./auth/cookieSigner.ts";
import { FailedAttempts } from "./auth/failedAttempts.ts";
import { FirstLink } from "./auth/firstLink.ts";
import { Keyring } from "./auth/keyring.ts";
import { OperatorSessions } from "./auth/operatorSessions.ts";
import { Operators } from "./auth/operators.ts";
import { Passwords } from "./auth/passwords.ts";
import { SignInLinks } from "./auth/signInLinks.ts";
import { SignIns } from "./auth/signIns.ts";
import { TokenFile } from "./auth/tokenFile.ts";
import { Chat } from "./chat/chat.ts";
import { DiskFloor } from "./chat/diskFloor.ts";
import { isExposed } from "./config/exposure.ts";
import type { Config } from "./config.ts";
import { ConnectionLimit } from "./connectionLimit.ts";
import { endQuerySchema } from "./contract/endQuery.ts";
import { createGuarded } from "./guarded.ts";
import { createHttpServer } from "./httpServer.ts";
import type { Store } from "./ledger/store.ts";
import { listen } from "./listen.ts";
import { LiveWindows } from "./live/liveWindows.ts";
import { LiveSessions } from "./liveSessions.ts";
import { LogSettings } from "./log/logSettings.ts";
import type { LogControl } from "./log.ts";
import { processMemory } from "./memorySource.ts";
import { Metrics } from "./metrics/metrics.ts";
import { listenForScrapes, type MetricsListener } from "./metrics/metricsListener.ts";
import { OverviewFeed } from "./overviewFeed.ts";
import { TrustedProxies } from "./proxies/trustedProxies.ts";
import { Readiness } from "./readiness.ts";
import type { Services } from "./services.ts";
import { createSettingsService } from "./settings/settingsService.ts";
import { SystemReport } from "./systemReport.ts";
import type { Traces } from "./telemetry/traces.ts";
import { RefusalLog } from "./transports/refusalLog.ts";
import { acceptUpgrades } from "./transports/upgrade.ts";
import { createUsers } from "./users/createUsers.ts";
import { version } from "./version.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

export interface RunningServer {
  readonly port: number;
  readonly services: Services;
  /** Path of a new one-time link, see `FirstLink`. Invalidates the previous one. `null` when there is an account to sign in with. */
  newSignInPath(): string | null;
  /** Number of open sessions plus ledger events not yet written. */
  unwritten(): number;
  /** Stops listening, ends every session and flushes the ledger, if possible within the limit. Idempotent. */
  close(limitMs?: number): Promise<void>;
}

export interface ServerParts {
  readonly config: Config;
  readonly log: KeeperLog;
  /** Through which operators change the log's level. Default: one that changes nothing. */
  readonly logControl?: LogControl;
  /** `null` or omitted unless OpenTelemetry is asked for. */
  readonly traces?: Traces | null;
  readonly store: Store;
  readonly memory?: MemorySource;
  /** The wall clock in epoch milliseconds. Default: the system clock. */
  readonly now?: () => number;
}

/** What a client has open beside its WebSockets, such as a browser's connections over HTTP, is as many again. */
function addressCap({ keeper, proxies, refusals }: Services): AddressCap {
  return new AddressCap({
    most: () => 2 * keeper.settings.maxConnectionsPerAddress,
    isTrusted: (address) => proxies.isProxy(address),
    onRefused: (address) => refusals.write("Closed a connection: its address has too many", { address }),
  });
}

/** Starts serving. If it throws, everything it opened has been closed again, including the store. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, store } = parts;
  const connectionLimit = new ConnectionLimit(parts.log);
  const services = await composeServices(parts, connectionLimit).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const { allowedOrigins } = config.server;
  const app = createApp({ services, connectionLimit, allowedOrigins, root: config.root });
  const server = createHttpServer({
    limits: config.server.http,
    handle: app.callback(),
    onFlood: (request) =>
      services.refusals.write("Closed a connection: too many requests wait for an answer on it", {
        address: services.proxies.originOf(request).address,
      }),
  });
  connectionLimit.watch(server);
  addressCap(services).watch(server);
  const stopUpgrades = acceptUpgrades(server, {
    services,
    connectionLimit,
    allowedOrigins,
    maxFrameBytes: config.websocket.maxFrameBytes,
  });
  let scrapes: MetricsListener | null = null;
  let closing: Promise<void> | undefined;
  const closeAll = async (limitMs = Number.POSITIVE_INFINITY) => {
    const untilMs = performance.now() + limitMs;
    // The port stays open while sessions end, so that probes and operators are answered.
    services.readiness.stop();
    services.refusals.flush();
    services.audit.flush();
    services.overviewFeed.close();
    services.signIns.close();
    services.windows.close();
    await services.keeper.close();
    services.users.close();
    services.diskFloor.close();
    services.chat.close();
    await services.webhooks.close(untilMs - performance.now());
    stopUpgrades();
    const unbound = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await store.close();
    // Last, so that a scrape sees how far a long stop has come.
    scrapes?.close();
    services.metrics.close();
    await services.traces?.close();
    await unbound;
  };
  const close = (limitMs?: number) => {
    closing ??= closeAll(limitMs);
    return closing;
  };
  try {
    await listen(server, config.server);
    if (config.metrics.listen !== null) scrapes = await listenForScrapes(services.metrics, config.metrics.listen, parts.log);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    services,
    unwritten() {
      const { opening, active, suspended, ending } = services.keeper.stats();
      return opening + active + suspended + ending + store.queued();
    },
    newSignInPath() {
      const path = services.firstLink.renew();
      return path === null ? null : `${services.basePath}${path}`;
    },
    close,
  };
}

async function composeServices(
  {
    config,
    log,
    logControl = { level: config.log.level },
    traces = null,
    store,
    memory = processMemory(),
    now = Date.now,
  }: ServerParts,
  connectionLimit: ConnectionLimit,
): Promise<Services> {
  const dataFolder = dirname(config.ledger.file);
  const keyring = new Keyring(join(dataFolder, "operators.json"));
  const { rows: lastEnds } = await store.ends.page(endQuerySchema.parse({ limit: 10 }));
  const saved = await store.revisions.current();
  const { settings, savedKeys } = settingsInForce(config.settings, saved.values, log);
  const keeper = createSessionKeeper({ ledger: store.ledger, settings, memory, log, settingsRevision: saved.revision });
  const guarded = createGuarded(log);
  const signIns = new SignIns(guarded);
  const sessionMs = config.operators.sessionMs;
  const operators = await Operators.load({ store: store.operators, now, sessionMs, log });
  const links = new SignInLinks(keyring, now);
  const startedAtMs = now();
  const diskFloor = new DiskFloor({ folder: dataFolder, floorBytes: config.ledger.diskFloorBytes, log });
  await diskFloor.start();
  const users = createUsers({ config, keeper, now, log, guarded });
  const { preset, sources } = config;
  const webhooks = new Webhooks({ webhooks: config.webhooks, store: store.webhooks, file: config.ledger.file, log, now });
  const chat = new Chat({
    keeper,
    messages: store.messages,
    historyLimit: config.chat.historyLimit,
    users,
    diskFloor,
    now,
    guarded,
  });
  const attempts = new FailedAttempts();
  const metrics = new Metrics({
    keeper,
    store,
    connectionLimit,
    memory,
    ledgerFile: config.ledger.file,
    queueLimit: config.ledger.queueLimit,
    startedAtMs,
    chat,
    failedAttempts: attempts,
    webhooks,
    now,
  });
  const readiness = new Readiness(store, connectionLimit);
  traces?.watchSessions(keeper);
  traces?.watchCommits(store);
  const logSettings = new LogSettings(log, logControl, config.log);
  const audit = new Audit(store.audit, now);
  const settingsService = createSettingsService({
    keeper,
    revisions: store.revisions,
    preset,
    sources,
    savedKeys,
    now,
    onSaved: (revision, by, restored) => audit.settingsSaved(revision, by, restored),
  });
  return {
    keeper,
    store,
    readiness,
    metrics,
    traces,
    logSettings,
    log,
    refusals: new RefusalLog(log),
    signIns,
    operatorSessions: new OperatorSessions(keeper, signIns),
    operators,
    passwords: new Passwords(),
    links,
    firstLink: new FirstLink({ operators, links, signsIn: !isExposed(config.server.host) }),
    attempts,
    audit,
    now,
    auth: new AdminAuth(new CookieSigner(keyring, now), operators),
    tokens: new TokenFile(join(dataFolder, "tokens.json"), now, (problem) => log.error(`API tokens are disabled: ${problem}`)),
    localReads: config.server.localReads,
    basePath: config.server.basePath,
    proxies: new TrustedProxies(config.server.trustedProxies, log),
    lab: config.lab,
    users,
    diskFloor,
    chat,
    live: new LiveSessions(keeper, store.ends),
    windows: new LiveWindows({ keeper, log }),
    overviewFeed: new OverviewFeed({ keeper, store, startedAtMs, version, lastEnds, now, guarded }),
    system: new SystemReport({
      store,
      readiness,
      config,
      settings: settingsService,
      log: logSettings,
      memory,
      startedAtMs,
      now,
    }),
    settings: settingsService,
    webhooks,
  };
}

/** Applies settings saved by operators on top of the configuration, unless the two no longer form a valid combination. */
function settingsInForce(
  configured: Settings,
  saved: Partial<Settings>,
  log: KeeperLog,
): { readonly settings: Settings; readonly savedKeys: readonly SettingKey[] } {
  try {
    return { settings: resolveSettings({ ...configured, ...saved }), savedKeys: Object.keys(saved) as SettingKey[] };
  } catch (error) {
    if (!hasCode(error, "invalid_settings")) throw error;
    log.error("Settings saved by operators conflict with the configuration; only the configuration is in force", { error });
    return { settings: configured, savedKeys: [] };
  }
}
