/**
 * Every setting of the keeper.
 * The schema, the commented configuration file, the admin form and the documentation take names, units, ranges and defaults from
 * here.
 */

/** Unit in which people write the value; `scale` converts it to the unit used in code. */
export type SettingUnit = "s" | "ms" | "count" | "bytes" | "MiB" | "fraction" | "per minute";

export interface SettingField {
  /** Its key in `config/config.yaml`. */
  readonly path: string;
  readonly unit: SettingUnit;
  /** Code value = written value × scale. */
  readonly scale: number;
  /** Default, minimum and maximum, in the written unit. */
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** Whether it can change while sessions run. */
  readonly live: boolean;
  readonly label: string;
  readonly meaning: string;
}

type Shape = Pick<SettingField, "unit" | "scale" | "integer">;
const seconds: Shape = { unit: "s", scale: 1000, integer: false };
const count: Shape = { unit: "count", scale: 1, integer: true };
const bytes: Shape = { unit: "bytes", scale: 1, integer: true };
const fraction: Shape = { unit: "fraction", scale: 1, integer: false };
const perMinute: Shape = { unit: "per minute", scale: 1, integer: true };
const mebibytes: Shape = { unit: "MiB", scale: 1024 * 1024, integer: false };

const fields = {
  maxSessions: {
    ...count,
    path: "system.max_sessions",
    default: 10,
    min: 1,
    max: 1_000_000,
    live: true,
    label: "Max sessions",
    meaning: "Maximum number of open sessions; further clients are told to try again later.",
  },
  sessionTimeoutMs: {
    ...seconds,
    path: "system.session_timeout",
    default: 180,
    min: 0.5,
    max: 86_400,
    live: true,
    label: "Session timeout",
    meaning: "Time without user activity after which the session ends as idle.",
  },
  idleWarningMs: {
    ...seconds,
    path: "system.idle_warning",
    default: 30,
    min: 0,
    max: 3_600,
    live: true,
    label: "Idle warning",
    meaning: "How long before the idle timeout the user is asked whether they are still there.",
  },
  sweepIntervalMs: {
    ...seconds,
    path: "system.sweep_interval",
    default: 5,
    min: 0.1,
    max: 600,
    live: true,
    label: "Sweep interval",
    meaning: "How often every session is checked against every deadline it has.",
  },
  resumeGraceMs: {
    ...seconds,
    path: "system.resume_grace",
    default: 0,
    min: 0,
    max: 3_600,
    live: true,
    label: "Resume grace",
    meaning: "How long a session whose connection was lost waits for its client to come back; 0 ends it at once.",
  },
  sessionLifetimeMs: {
    ...seconds,
    path: "system.session_lifetime",
    default: 0,
    min: 0,
    max: 31_536_000,
    live: true,
    label: "Session lifetime",
    meaning: "Maximum age of a session, active or not; 0 for no limit.",
  },
  heartbeatIntervalMs: {
    ...seconds,
    path: "websocket.heartbeat_interval",
    default: 30,
    min: 0.2,
    max: 3_600,
    live: true,
    label: "Heartbeat interval",
    meaning: "Time between two heartbeats to the same session.",
  },
  heartbeatMaxFailures: {
    ...count,
    path: "websocket.heartbeat_max_failures",
    default: 3,
    min: 1,
    max: 20,
    live: true,
    label: "Max missed heartbeats",
    meaning: "Consecutive heartbeats that may go unanswered before the session ends.",
  },
  heartbeatPongTimeoutMs: {
    ...seconds,
    path: "websocket.heartbeat_pong_timeout",
    default: 20,
    min: 0.1,
    max: 3_600,
    live: true,
    label: "Pong timeout",
    meaning: "Time a client has to answer one heartbeat.",
  },
  helloTimeoutMs: {
    ...seconds,
    path: "websocket.hello_timeout",
    default: 10,
    min: 0.1,
    max: 300,
    live: true,
    label: "Hello timeout",
    meaning: "Time from connecting to a complete hello; no traffic extends it.",
  },
  helloMaxBytes: {
    ...bytes,
    path: "websocket.hello_max_bytes",
    default: 16_384,
    min: 256,
    max: 1_048_576,
    live: true,
    label: "Max bytes before hello",
    meaning: "Bytes a connection may send before its hello is accepted.",
  },
  helloMaxFrames: {
    ...count,
    path: "websocket.hello_max_frames",
    default: 16,
    min: 1,
    max: 1_000,
    live: true,
    label: "Max frames before hello",
    meaning: "Frames a connection may send before its hello is accepted.",
  },
  maxBufferedBytes: {
    ...bytes,
    path: "websocket.max_buffered_bytes",
    default: 1_048_576,
    min: 4_096,
    max: 1_073_741_824,
    live: true,
    label: "Send buffer limit",
    meaning: "Bytes that may be queued for a slow reader before its session ends as slow_consumer.",
  },
  keepaliveMs: {
    ...seconds,
    path: "websocket.keepalive",
    default: 45,
    min: 0,
    max: 3_600,
    live: true,
    label: "Keepalive",
    meaning: "Silence after which a ping is sent so that proxies do not cut a quiet connection; not a heartbeat. 0 turns it off.",
  },
  maxOpening: {
    ...count,
    path: "websocket.max_opening",
    default: 2_000,
    min: 1,
    max: 1_000_000,
    live: true,
    label: "Max connections before hello",
    meaning: "Connections that may be waiting for their hello at the same time; beyond, the address that has the most gives way.",
  },
  maxOpeningPerAddress: {
    ...count,
    path: "websocket.max_opening_per_address",
    default: 500,
    min: 0,
    max: 1_000_000,
    live: true,
    label: "Max connections before hello per address",
    meaning: "Connections of one address that may be waiting for their hello at the same time; 0 for no limit.",
  },
  maxConnectionsPerAddress: {
    ...count,
    path: "websocket.max_connections_per_address",
    default: 1_000,
    min: 0,
    max: 1_000_000,
    live: true,
    label: "Max connections per address",
    meaning: "Connections one address may hold at the same time; 0 for no limit.",
  },
  connectionRatePerAddress: {
    ...perMinute,
    path: "websocket.connection_rate_per_address",
    default: 1_200,
    min: 0,
    max: 1_000_000,
    live: true,
    label: "New connections per address",
    meaning: "Connections one address may open per minute; 0 for no limit.",
  },
  chatMessageRate: {
    ...perMinute,
    path: "chat.message_rate",
    default: 60,
    min: 0,
    max: 1_000_000,
    live: true,
    label: "Messages per user",
    meaning: "Chat messages one user may send per minute; 0 for no limit.",
  },
  chatMessageBurst: {
    ...count,
    path: "chat.message_burst",
    default: 30,
    min: 1,
    max: 1_000_000,
    live: true,
    label: "Messages at once",
    meaning: "Chat messages one user may send at once, after a quiet time.",
  },
  chatByteRate: {
    ...perMinute,
    path: "chat.byte_rate",
    default: 65_536,
    min: 0,
    max: 1_000_000_000,
    live: true,
    label: "Bytes of text per user",
    meaning: "Bytes of message text one user may send per minute; 0 for no limit.",
  },
  chatByteBurst: {
    ...bytes,
    path: "chat.byte_burst",
    default: 65_536,
    min: 16_384,
    max: 1_000_000_000,
    live: true,
    label: "Bytes of text at once",
    meaning: "Bytes of message text one user may send at once, after a quiet time.",
  },
  chatCallRate: {
    ...perMinute,
    path: "chat.call_rate",
    default: 600,
    min: 0,
    max: 1_000_000,
    live: true,
    label: "Chat calls per session",
    meaning: "Chat calls of any kind (joining, typing, history) one session may make per minute; 0 for no limit.",
  },
  chatCallBurst: {
    ...count,
    path: "chat.call_burst",
    default: 200,
    min: 1,
    max: 1_000_000,
    live: true,
    label: "Chat calls at once",
    meaning: "Chat calls one session may make at once, after a quiet time.",
  },
  memorySoft: {
    ...fraction,
    path: "memory.soft",
    default: 0.8,
    min: 0.01,
    max: 1,
    live: true,
    label: "Soft threshold",
    meaning: "Share of the memory limit above which, for 10 s, suspended and long idle sessions end.",
  },
  memoryHard: {
    ...fraction,
    path: "memory.hard",
    default: 0.92,
    min: 0.01,
    max: 1,
    live: true,
    label: "Hard threshold",
    meaning: "Share of the memory limit above which new sessions are refused and existing ones end in rank order.",
  },
  memoryOk: {
    ...fraction,
    path: "memory.ok",
    default: 0.7,
    min: 0.01,
    max: 1,
    live: true,
    label: "Recovery threshold",
    meaning: "Share of the memory limit below which the pressure counts as over.",
  },
  memoryLimitBytes: {
    ...mebibytes,
    path: "memory.limit",
    default: 0,
    min: 0,
    max: 16_777_216,
    live: true,
    label: "Memory limit",
    meaning: "Memory the process may use; 0 means the container's limit or the machine's memory.",
  },
  memorySampleMs: {
    ...seconds,
    path: "memory.sample_interval",
    default: 1,
    min: 0.1,
    max: 60,
    live: true,
    label: "Memory sample interval",
    meaning: "Time between two measurements of memory.",
  },
  tickMs: {
    unit: "ms",
    scale: 1,
    integer: true,
    path: "system.tick",
    default: 100,
    min: 10,
    max: 1_000,
    live: false,
    label: "Tick",
    meaning: "Resolution of every deadline; one timer serves all sessions.",
  },
} as const satisfies Record<string, SettingField>;

export type SettingKey = keyof typeof fields;

/** Every setting's name, unit, range, default and meaning, by its key in code. */
export const settingFields: Readonly<Record<SettingKey, SettingField>> = fields;

/** The keys of all settings, in display order. */
export const settingKeys = Object.keys(fields) as SettingKey[];
