/**
 * The tables. Times are epoch milliseconds (`…_at_ms`). Columns of an opening and of an end follow `contract/endFields.ts`. Views,
 * triggers and the index of words are in the migration `views_and_guards`, because drizzle cannot express them.
 */
import { type $Type, sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { endFields, type Kind, openingFields, type ValueOf } from "../contract/endFields.ts";

/** How this database stores each kind of field. */
const columnOf = {
  whole: (name: string) => integer(name).notNull(),
  wholeOrNull: (name: string) => integer(name),
  text: (name: string) => text(name).notNull(),
  textOrNull: (name: string) => text(name),
  flag: (name: string) => integer(name, { mode: "boolean" }).notNull(),
  list: (name: string) => text(name, { mode: "json" }).notNull(),
  jsonOrNull: (name: string) => text(name, { mode: "json" }),
} satisfies Record<Kind, (name: string) => unknown>;

type AnyFields = Readonly<Record<string, { readonly kind: Kind }>>;

type Columns<Fields extends AnyFields> = {
  [Key in keyof Fields]: $Type<ReturnType<(typeof columnOf)[Fields[Key]["kind"]]>, ValueOf<Fields[Key]>>;
};

/** A column for each field, named in snake case. */
function columns<Fields extends AnyFields>(fields: Fields): Columns<Fields> {
  const made = Object.entries(fields).map(([key, { kind }]) => [key, columnOf[kind](snakeCase(key))]);
  return Object.fromEntries(made) as Columns<Fields>;
}

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One row each time a server opened this database. */
export const boots = sqliteTable("boots", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  pid: integer("pid").notNull(),
  version: text("version").notNull(),
  startedAtMs: integer("started_at_ms").notNull(),
  /** Last proof that this server lived: written with every commit and at least once a second. */
  aliveAtMs: integer("alive_at_ms").notNull(),
  /** Empty while it runs, and for ever when it crashed. */
  stoppedAtMs: integer("stopped_at_ms"),
  /** Number of the last group of writes that this server committed, so that a group can be sent again without being written twice. */
  lastGroup: integer("last_group").notNull().default(0),
  /** JSON: what of that group was refused, by its place in the group. */
  lastRefused: text("last_refused").notNull().default("[]"),
});

/** One row per session, written once, when it opens. Its end is a row of `ends`. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: integer("id").primaryKey(),
    ...columns(openingFields),
    boot: integer("boot")
      .notNull()
      .references(() => boots.id),
    /** 1 until the end is written; kept by a trigger on `ends`. */
    open: integer("open").notNull().default(1),
  },
  (table) => [uniqueIndex("sessions_session_id").on(table.sessionId), index("sessions_open").on(table.boot).where(sql`open = 1`)],
);

/**
 * The one end of a session. `id` orders ends by the time of their detection: it is 1,024 times that moment plus a counter,
 * so every index below, which SQLite ends with `id`, is also an index by time.
 */
export const ends = sqliteTable(
  "ends",
  {
    id: integer("id").primaryKey(),
    session: integer("session")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** The session's, once more: for the indexes. */
    user: text("user").notNull(),
    address: text("address").notNull(),
    ...columns(endFields),
  },
  (table) => [
    // A session ends once, whoever writes (rule LED2).
    uniqueIndex("ends_session").on(table.session),
    index("ends_tier").on(table.tier),
    index("ends_reason").on(table.reason),
    index("ends_initiator").on(table.initiator),
    index("ends_user").on(table.user),
    index("ends_address").on(table.address),
    index("ends_slowest_detection").on(table.reason, table.detectionMs),
    index("ends_slowest_cleanup").on(table.reason, table.cleanupMs),
  ],
);

/** What happened to sessions between opening and end, and to the server (`session_id` empty). */
export const events = sqliteTable(
  "events",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    atMs: integer("at_ms").notNull(),
    sessionId: text("session_id"),
    type: text("type").notNull(),
    data: text("data", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    index("events_session").on(table.sessionId).where(sql`session_id IS NOT NULL`),
    index("events_server").on(table.atMs).where(sql`session_id IS NULL`),
  ],
);

/** What the roll-up and its sums tell ends apart by, besides time. */
const kindOfEnd = {
  tier: text("tier").notNull(),
  reason: text("reason").notNull(),
  initiator: text("initiator").notNull(),
};

/**
 * Ends per hour: written in the transaction of the end, and kept when retention removes the rows. The migration adds
 * `WITHOUT ROWID`, which drizzle cannot express: the table is its own index, so that a month of hours is one stretch of the file.
 */
export const rollup = sqliteTable(
  "rollup",
  {
    hourAtMs: integer("hour_at_ms").notNull(),
    ...kindOfEnd,
    /** Detection times up to this many milliseconds, and more than the bucket before: buckets grow by a tenth. */
    detectionUpToMs: integer("detection_up_to_ms").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.hourAtMs, table.tier, table.reason, table.initiator, table.detectionUpToMs] })],
);

/**
 * Two sums of `rollup`, kept by its triggers, for statistics over long spans: ends per hour without detection times, and detection
 * times per day (UTC). A month is a tenth of the rows. `WITHOUT ROWID` too.
 */
export const rollupHours = sqliteTable(
  "rollup_hours",
  {
    hourAtMs: integer("hour_at_ms").notNull(),
    ...kindOfEnd,
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.hourAtMs, table.tier, table.reason, table.initiator] })],
);

export const rollupDays = sqliteTable(
  "rollup_days",
  {
    dayAtMs: integer("day_at_ms").notNull(),
    ...kindOfEnd,
    detectionUpToMs: integer("detection_up_to_ms").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.dayAtMs, table.tier, table.reason, table.initiator, table.detectionUpToMs] })],
);

/** Ends found later than their bound, per hour and by what prolonged the verdict: few. Kept by a trigger on `ends`. */
export const rollupLate = sqliteTable(
  "rollup_late",
  {
    hourAtMs: integer("hour_at_ms").notNull(),
    ...kindOfEnd,
    cause: text("cause").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.hourAtMs, table.tier, table.reason, table.initiator, table.cause] })],
);

export const messages = sqliteTable(
  "messages",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    room: text("room").notNull(),
    sessionId: text("session_id").notNull(),
    user: text("user").notNull(),
    text: text("text").notNull(),
    sentAtMs: integer("sent_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("messages_id").on(table.id),
    index("messages_room").on(table.room),
    index("messages_sent").on(table.sentAtMs),
  ],
);

/** Settings an operator saved. `before` and `after` are JSON and hold only what changed, in code units. */
export const settingsRevisions = sqliteTable("settings_revisions", {
  revision: integer("revision").primaryKey(),
  author: text("author").notNull(),
  atMs: integer("at_ms").notNull(),
  before: text("before", { mode: "json" }).$type<Record<string, number>>().notNull(),
  after: text("after", { mode: "json" }).$type<Record<string, number>>().notNull(),
});

/** One row: ends detected before `kept_from_ms` were removed by retention; the roll-up still counts them. */
export const retention = sqliteTable("retention", {
  id: integer("id").primaryKey(),
  keptFromMs: integer("kept_from_ms").notNull(),
  /** The latest time that retention believes in, whatever the wall clock says; empty before the first. */
  trustedAtMs: integer("trusted_at_ms"),
});
