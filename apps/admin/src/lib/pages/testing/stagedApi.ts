/** A server that answers every question of every page, with names and texts as long as people make them. For tests. */
import type {
  AuditAction,
  AuditEntry,
  DeadPage,
  EndStats,
  EndView,
  LiveSession,
  OperatorView,
  Overview,
  Right,
  Role,
  SessionDetail,
  SettingsRevision,
  SignInView,
  SystemView,
  TokenView,
  WebhookView,
} from "@lastbeat/api";
import type { SettingsPreview } from "@lastbeat/core";
import { endReasonNames, endReasons } from "@lastbeat/core/reasons";
import type { AdminApi } from "../../api/adminApi.ts";
import { endView, liveSession, NOW_MS, settingsView } from "../../testing.ts";

const LONG_NAME = "Wilhelmina-Charlotte_of_the_Northern_Ops";

/** One end for each reason there is, the newest first. */
export const stagedEnds: readonly EndView[] = endReasonNames.map((reason, index) =>
  endView({
    sessionId: `session_${String(index).padStart(4, "0")}_0123456789abcdef`,
    user: index % 3 === 0 ? LONG_NAME : `user ${index}`,
    room: index % 3 === 0 ? "a-room-with-a-name-of-some-length" : "general",
    reason,
    tier: endReasons[reason].tier,
    detail: `What was seen of ${reason}, said at some length so that no column holds the whole of it`,
    detectionMs: index % 2 === 0 ? 82_000 : 95_432,
    detectedAtMs: NOW_MS - index * 60_000,
  }),
);

export const stagedStats: EndStats = {
  total: 110,
  byTier: { socket: 60, heartbeat: 30, timeout: 15, memory: 2, operator: 1, server: 1, recovery: 1 },
  byReason: { client_left: 60, unreachable: 30, idle: 15 },
  bucketMs: 60_000,
  buckets: Array.from({ length: 50 }, (_, minute) => ({
    atMs: NOW_MS - (59 - minute) * 60_000,
    byTier: { socket: (minute * 7) % 5, heartbeat: minute % 3, timeout: minute % 2 },
  })),
  detectionMedianMs: 61_432,
  detectionP99Ms: 94_100,
  detectionIsExact: false,
  late: { pause: 3, unknown: 2 },
};

export function stagedOverview(over: Partial<Overview> = {}): Overview {
  return {
    atMs: NOW_MS,
    startedAtMs: NOW_MS - 5 * 86_400_000,
    live: 12_345,
    suspect: 17,
    opening: 3,
    suspended: 9,
    ending: 1,
    maxSessions: 50_000,
    memory: { level: "soft", usedBytes: 1.7 * 2 ** 30, limitBytes: 2 * 2 ** 30, soft: 0.8, hard: 0.92 },
    pauses: { count: 12, totalMs: 43_210, longestMs: 12_345, lastAtMs: NOW_MS - 60_000 },
    refusals: { capacity: 1_234, address_limit: 56, left_before_hello: 7 },
    lastHour: { pauses: 3, refusals: 56 },
    settingsRevision: 2,
    falsePositives: 2,
    ledger: { accepting: false, cause: "the disk is full: ENOSPC, write failed on data/lastbeat.db-wal", queued: 321 },
    retention: null,
    heartbeatBoundMs: 90_100,
    version: "0.1.0",
    ...over,
  };
}

const revisions: readonly SettingsRevision[] = [
  {
    revision: 2,
    author: LONG_NAME,
    atMs: NOW_MS - 60_000,
    before: { heartbeatIntervalMs: 30_000, maxSessions: 10_000 },
    after: { heartbeatIntervalMs: 25_000, maxSessions: 50_000 },
  },
  { revision: 1, author: "operator", atMs: NOW_MS - 3_600_000, before: { memorySoft: 0.75 }, after: { memorySoft: 0.8 } },
];

const tokens: readonly TokenView[] = [
  {
    id: "1",
    name: "grafana-of-the-northern-operations",
    scopes: ["sessions:read", "history:read", "sessions:end", "audit:read"],
    createdAtMs: NOW_MS - 86_400_000,
    expiresAtMs: NOW_MS + 86_400_000,
    lastUsedAtMs: null,
  },
];

const account = (name: string, role: Role, more: Partial<OperatorView> = {}): OperatorView => ({
  name,
  role,
  createdAtMs: NOW_MS - 86_400_000 * 40,
  createdBy: "command line",
  disabledAtMs: null,
  lastSignInAtMs: NOW_MS - 3_600_000,
  hasPassword: true,
  isExternal: false,
  signIns: 1,
  ...more,
});
const operators: readonly OperatorView[] = [
  account("ada", "admin"),
  account("wilhelmina-charlotte@northern-operations.example", "operator", {
    hasPassword: false,
    lastSignInAtMs: null,
    signIns: 0,
  }),
  account("bob", "viewer", { disabledAtMs: NOW_MS - 60_000, isExternal: true, signIns: 0 }),
];
const signIns: readonly SignInView[] = [
  {
    id: "1",
    operator: "ada",
    way: "password",
    address: "2001:db8:1234:5678:9abc:def0:1234:5678",
    client: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    createdAtMs: NOW_MS - 3_600_000,
    expiresAtMs: NOW_MS + 3_600_000 * 11,
    isThis: true,
  },
  {
    id: "2",
    operator: "ada",
    way: "link",
    address: "192.0.2.7",
    client: "",
    createdAtMs: NOW_MS - 60_000,
    expiresAtMs: NOW_MS + 60_000,
    isThis: false,
  },
];
const action = (seq: number, kind: AuditAction, more: Partial<AuditEntry> = {}): AuditEntry => ({
  seq,
  atMs: NOW_MS - seq * 60_000,
  action: kind,
  by: "ada",
  address: "192.0.2.7",
  target: "",
  sessionId: null,
  before: null,
  after: null,
  count: 1,
  ...more,
});
const auditEntries: readonly AuditEntry[] = [
  action(1, "settings_changed", { target: "revision 2", before: { maxSessions: 10_000 }, after: { maxSessions: 50_000 } }),
  action(2, "session_ended", {
    target: LONG_NAME,
    sessionId: "session_0123456789abcdef",
    after: { note: "asked to by mail, at some length" },
  }),
  action(3, "sign_in_failed", { by: "", target: "ada", count: 4_711 }),
  action(4, "operator_changed", {
    target: "bob",
    before: { role: "admin", disabled: false },
    after: { role: "viewer", disabled: true },
  }),
];

function stagedDetail(ended: boolean): SessionDetail {
  const timeline = [
    { seq: 0, atMs: NOW_MS - 65_000, sessionId: "s", type: "opened", data: { settingsRevision: 2 } },
    { seq: 1, atMs: NOW_MS - 50_000, sessionId: null, type: "pause", data: { pausedMs: 2_300, sessions: 40, outstanding: 38 } },
    { seq: 2, atMs: NOW_MS - 30_000, sessionId: "s", type: "suspect", data: { miss: 1, maxFailures: 3, cause: "no answer" } },
  ];
  const deadlines = [
    { kind: "heartbeat", dueInMs: 12_000, movedBy: "an answered heartbeat" },
    { kind: "idle", dueInMs: 150_000, movedBy: "a message of the user" },
  ];
  const beats = [12, 18, null, 9.4, -1, 31, 2_400, 14];
  if (ended) return { live: null, deadlines: [], end: stagedEnds[0] ?? null, timeline };
  return { live: liveSession({ user: LONG_NAME, suspect: true, misses: 1, beats }), deadlines, end: null, timeline };
}

export const stagedSystem: SystemView = {
  atMs: NOW_MS,
  boots: [
    {
      id: 3,
      pid: 4_242,
      version: "0.1.0",
      startedAtMs: NOW_MS - 432_000_000,
      aliveAtMs: NOW_MS,
      stoppedAtMs: null,
      end: "running",
    },
    {
      id: 2,
      pid: 4_100,
      version: "0.1.0",
      startedAtMs: NOW_MS - 532_000_000,
      aliveAtMs: NOW_MS - 433_000_000,
      stoppedAtMs: null,
      end: "crashed",
    },
    {
      id: 1,
      pid: 99,
      version: "0.0.9",
      startedAtMs: NOW_MS - 632_000_000,
      aliveAtMs: NOW_MS - 532_100_000,
      stoppedAtMs: NOW_MS - 532_100_000,
      end: "stopped",
    },
  ],
  pauses: [{ atMs: NOW_MS - 60_000, pausedMs: 12_345, sessions: 12_345 }],
  oldestEndAtMs: NOW_MS - 86 * 86_400_000,
  usedBytes: 3.1 * 2 ** 30,
  freeBytes: 120 * 2 ** 20,
  ready: { ready: false, cause: "the disk is full: ENOSPC, write failed on data/lastbeat.db-wal" },
  versions: { lastbeat: "0.1.0", node: "24.21.0", sqlite: "3.51.1", system: "linux x64" },
  process: {
    pid: 4_242,
    startedAtMs: NOW_MS - 432_000_000,
    residentBytes: 1.7 * 2 ** 30,
    descriptors: { open: 12_400, limit: 65_536 },
  },
  ledger: {
    file: "/srv/lastbeat/a-folder-with-a-long-name/of-the-northern-operations/data/lastbeat.db",
    fileBytes: 3.2 * 2 ** 30,
    walBytes: 4 * 2 ** 20,
    diskFreeBytes: 0,
    queued: 321,
    queueLimit: 10_000,
    durability: "process",
    retentionDays: 90,
  },
  log: {
    level: "debug",
    configured: "info",
    format: "text",
    file: "/srv/lastbeat/a-folder-with-a-long-name/of-the-northern-operations/logs/app.log",
  },
  configFile: "config/config.yaml",
  configuration: [
    { path: "preset", value: "production", source: "default", where: null },
    { path: "websocket.heartbeat_interval", value: "25", source: "operator", where: null },
    { path: "websocket.heartbeat_pong_timeout", value: "20", source: "file", where: "config/config.yaml:11:5" },
    {
      path: "server.allowed_origins",
      value: "https://chat.northern-operations.example, https://b.example",
      source: "environment",
      where: "environment LASTBEAT_SERVER_ALLOWED_ORIGINS",
    },
    { path: "ledger.password", value: "(hidden)", source: "preset", where: "config/presets/production.yaml:3:1" },
  ],
};

export const allRights: readonly Right[] = [
  "sessions:read",
  "sessions:end",
  "history:read",
  "settings:read",
  "settings:write",
  "system:read",
  "system:write",
  "audit:read",
  "operators:manage",
  "tokens:manage",
  "webhooks:read",
  "webhooks:write",
];

const webhookFigures = {
  waiting: 0,
  oldestWaitingAtMs: null,
  dead: 0,
  delivered: 0,
  failed: 0,
  lastDeliveredAtMs: null,
} as const;
const works = { failingSinceMs: null, lastError: null } as const;

export const stagedWebhooks: readonly WebhookView[] = [
  {
    ...webhookFigures,
    ...works,
    name: "crm-of-the-northern-operations",
    url: "https://crm.northern-operations.example",
    delivered: 1_234_567,
    lastDeliveredAtMs: NOW_MS - 2_000,
  },
  {
    ...webhookFigures,
    name: "billing",
    url: "https://billing.example:8443",
    waiting: 12_345,
    oldestWaitingAtMs: NOW_MS - 7_200_000,
    dead: 2,
    failed: 4_321,
    failingSinceMs: NOW_MS - 7_200_000,
    lastError: "connect ECONNREFUSED 2001:db8:0000:0000:0000:0000:0000:0001:8443",
  },
  { ...webhookFigures, ...works, name: "former", url: null, waiting: 3 },
];

const stagedDead: DeadPage = {
  deliveries: [18, 17].map((id) => ({
    id,
    sessionId: `session_${id}_0123456789abcdef`,
    user: LONG_NAME,
    reason: "unreachable",
    endedAtMs: NOW_MS - 4 * 86_400_000,
    diedAtMs: NOW_MS - 86_400_000,
    attempts: 84,
    error: "answered 302; redirects are not followed",
  })),
  nextCursor: null,
};

export interface Staging {
  /** What the operator may do; all by default. */
  readonly rights?: readonly Right[];
  readonly overview?: Overview;
  /** The session's page shows one that has ended. */
  readonly ended?: boolean;
  /** What the overview feed says instead, asked every second. */
  readonly overviewFeed?: () => { readonly overview?: Partial<Overview>; readonly lastEnds?: readonly EndView[] };
  /** Procedures that answer otherwise. */
  readonly api?: { readonly [Router in keyof AdminApi]?: object };
}

function stagedWindow(rows: readonly LiveSession[]) {
  const update = { window: 1, ask: 0, total: 12_345, offset: 0, ids: rows.map(({ id }) => id), rows, ended: [], changes: 7 };
  return {
    subscribe: (_: unknown, { onData }: { onData: (update: object) => void }) => {
      onData(update);
      return { unsubscribe: () => {} };
    },
  };
}

export function stagedApi({
  overview = stagedOverview(),
  ended = false,
  overviewFeed = () => ({}),
  api = {},
}: Staging = {}): AdminApi {
  const rows = Array.from({ length: 200 }, (_, index) =>
    liveSession({ id: `session_${index}`, user: index % 4 === 0 ? LONG_NAME : `user ${index}`, suspect: index % 5 === 0 }),
  );
  const answer = <T>(value: T) => ({ query: async () => value });
  const refuse = { mutate: async () => Promise.reject(new Error("this server is made up")) };
  const view = settingsView(2, { heartbeatIntervalMs: 25_000, maxSessions: 50_000 });
  const preview: SettingsPreview = {
    heartbeatBoundMs: 90_100,
    idleBoundMs: 185_100,
    heartbeatsPerSecond: 411.5,
    bytesPerSecond: 3_292,
    wouldBeSuspect: ["a"],
    wouldBeDead: [],
    wouldBeWarned: ["b"],
    wouldBeUnwarned: [],
    wouldBeIdle: [],
    wouldBeTooOld: [],
    protectedBeats: 14,
    endsSooner: 3,
    healthyEnded: 1,
    silencesReplayed: 120,
  };
  return {
    session: { stillHere: { mutate: async () => ({ ok: true }) } },
    sessions: {
      window: stagedWindow(rows),
      look: { mutate: async () => ({ ok: true }) },
      get: answer(stagedDetail(ended)),
      end: refuse,
    },
    ends: {
      list: answer({ rows: stagedEnds, nextCursor: "more", total: 110, totalIsAtLeast: false }),
      stats: answer(stagedStats),
    },
    settings: { get: answer(view), revisions: answer(revisions), preview: answer(preview), save: refuse, restore: refuse },
    tokens: { list: answer(tokens), create: refuse, revoke: refuse },
    webhooks: { list: answer(stagedWebhooks), dead: answer(stagedDead), resend: refuse },
    account: {
      get: answer({ account: operators[0] ?? null, signIns }),
      setPassword: refuse,
      endSignIn: refuse,
      signOutEverywhere: refuse,
    },
    operators: {
      list: answer(operators),
      signIns: answer(signIns),
      add: refuse,
      change: refuse,
      link: refuse,
      endSignIn: refuse,
    },
    audit: { list: answer({ entries: auditEntries, nextCursor: "a1" }) },
    system: {
      overview: answer(overview),
      view: answer(stagedSystem),
      overviewFeed: {
        subscribe: (_: undefined, { onData }: { onData: (beat: object) => void }) => {
          const beat = () => {
            const now = overviewFeed();
            onData({ overview: { ...overview, ...now.overview }, lastEnds: now.lastEnds ?? stagedEnds.slice(0, 10) });
          };
          const timer = setInterval(beat, 1_000);
          beat();
          return { unsubscribe: () => clearInterval(timer) };
        },
      },
    },
    ...api,
  } as unknown as AdminApi;
}
