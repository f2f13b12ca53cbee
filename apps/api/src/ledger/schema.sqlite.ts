/**
 * The tables. Times are epoch milliseconds (`…_at_ms`). Columns of openings and ends follow `contract/endFields.ts`. Views, triggers and
 * the word index are in the migration `views_and_guards`, because drizzle cannot express them.
 */
// From the modules themselves: the index of the package takes a third of a second to load in each thread.
import type { $Type } from "drizzle-orm/column-builder";
import { sql } from "drizzle-orm/sql/sql";
import { integer } from "drizzle-orm/sqlite-core/columns/integer";
import { text } from "drizzle-orm/sqlite-core/columns/text";
import { index, uniqueIndex } from "drizzle-orm/sqlite-core/indexes";
import { primaryKey } from "drizzle-orm/sqlite-core/primary-keys";
import { sqliteTable } from "drizzle-orm/sqlite-core/table";
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

/** One column per field, named in snake case. */
function columns<Fields extends AnyFields>(fields: Fields): Columns<Fields> {
  const made = Object.entries(fields).map(([key, { kind }]) => [key, columnOf[kind](snakeCase(key))]);
  return Object.fromEntries(made) as Columns<Fields>;
}

const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One row per server run on this database. */
export const boots = sqliteTable("boots", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  pid: integer("pid").notNull(),
  version: text("version").notNull(),
  startedAtMs: integer("started_at_ms").notNull(),
  /** When this server was last known to be alive. Written with every commit and at least once per second. */
  aliveAtMs: integer("alive_at_ms").notNull(),
  /** Null while it runs, and permanently if it crashed. */
  stoppedAtMs: integer("stopped_at_ms"),
  /** Number of the last write group this server committed, so that a group can be resent without being written twice. */
  lastGroup: integer("last_group").notNull().default(0),
  /** JSON: the refused writes of that group, by their index in it. */
  lastRefused: text("last_refused").notNull().default("[]"),
});

/** One row per session, written once when it opens. Its end is a row of `ends`. */
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
 * The single end of a session. `id` orders ends by detection time: it is 1,024 times that time plus a counter. SQLite appends `id` to
 * every index below, so each is also an index by time.
 */
export const ends = sqliteTable(
  "ends",
  {
    id: integer("id").primaryKey(),
    session: integer("session")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** Copied from the session, for the indexes. */
    user: text("user").notNull(),
    userId: text("user_id"),
    address: text("address").notNull(),
    ...columns(endFields),
  },
  (table) => [
    // Enforces one end per session (rule LED2).
    uniqueIndex("ends_session").on(table.session),
    index("ends_tier").on(table.tier),
    index("ends_reason").on(table.reason),
    index("ends_initiator").on(table.initiator),
    index("ends_user").on(table.user),
    index("ends_user_id").on(table.userId).where(sql`user_id IS NOT NULL`),
    index("ends_address").on(table.address),
    index("ends_slowest_detection").on(table.reason, table.detectionMs),
    index("ends_slowest_cleanup").on(table.reason, table.cleanupMs),
  ],
);

/** Events of sessions between opening and end, and of the server (`session_id` is null). */
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
    index("events_operator").on(table.seq).where(sql`type = 'operator_action'`),
  ],
);

/** Dimensions of the roll-up and its sums, besides time. */
const kindOfEnd = {
  tier: text("tier").notNull(),
  reason: text("reason").notNull(),
  initiator: text("initiator").notNull(),
};

/**
 * Ends per hour. Written in the end's transaction, and kept when retention removes the rows. The migration adds `WITHOUT ROWID`, which
 * drizzle cannot express: the table is its own index, so that a month of hours is contiguous in the file.
 */
export const rollup = sqliteTable(
  "rollup",
  {
    hourAtMs: integer("hour_at_ms").notNull(),
    ...kindOfEnd,
    /** Upper edge of the detection time bucket, in milliseconds. Each bucket is a tenth wider than the previous. */
    detectionUpToMs: integer("detection_up_to_ms").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.hourAtMs, table.tier, table.reason, table.initiator, table.detectionUpToMs] })],
);

/**
 * Two aggregates of `rollup`, maintained by its triggers, for statistics over long spans: ends per hour without detection times, and
 * detection times per day (UTC). A month takes a tenth of the rows. Also `WITHOUT ROWID`.
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

/** Ends detected after their bound, per hour and cause. Few rows, maintained by a trigger on `ends`. */
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

/**
 * The outbox of webhooks: one row per end and webhook that is to be told, written in the end's transaction and removed once it is
 * delivered. It holds no body, because an end is final and its row says the same at each attempt; the row leaves with its end.
 */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    /** Never used again, so that a late report about a delivered row cannot hit another one. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    /** Name of the webhook in the configuration. */
    webhook: text("webhook").notNull(),
    endId: integer("end_id")
      .notNull()
      .references(() => ends.id, { onDelete: "cascade" }),
    /** When the session ended, or an operator had it sent again. */
    createdAtMs: integer("created_at_ms").notNull(),
    /** When the next attempt is due. */
    dueAtMs: integer("due_at_ms").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** Why the last attempt failed. */
    error: text("error"),
    /** When it was given up; null while it waits. */
    diedAtMs: integer("died_at_ms"),
  },
  (table) => [
    uniqueIndex("webhook_deliveries_end").on(table.endId, table.webhook),
    index("webhook_deliveries_waiting").on(table.webhook, table.dueAtMs, table.createdAtMs).where(sql`died_at_ms IS NULL`),
    index("webhook_deliveries_dead").on(table.webhook).where(sql`died_at_ms IS NOT NULL`),
  ],
);

export const messages = sqliteTable(
  "messages",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    room: text("room").notNull(),
    sessionId: text("session_id").notNull(),
    user: text("user").notNull(),
    /** Whose message it is. */
    userId: text("user_id"),
    text: text("text").notNull(),
    sentAtMs: integer("sent_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("messages_id").on(table.id),
    index("messages_room").on(table.room),
    index("messages_sent").on(table.sentAtMs),
  ],
);

/** Settings saved by operators. `before` and `after` are JSON with only the changed values, in code units. */
export const settingsRevisions = sqliteTable("settings_revisions", {
  revision: integer("revision").primaryKey(),
  author: text("author").notNull(),
  atMs: integer("at_ms").notNull(),
  before: text("before", { mode: "json" }).$type<Record<string, number>>().notNull(),
  after: text("after", { mode: "json" }).$type<Record<string, number>>().notNull(),
});

/** Operators' accounts. `password` is a PHC string, `subject` the issuer and subject at an OpenID provider. */
export const operators = sqliteTable(
  "operators",
  {
    name: text("name").primaryKey(),
    role: text("role").notNull(),
    password: text("password"),
    subject: text("subject"),
    createdAtMs: integer("created_at_ms").notNull(),
    createdBy: text("created_by").notNull(),
    disabledAtMs: integer("disabled_at_ms"),
    lastSignInAtMs: integer("last_sign_in_at_ms"),
  },
  (table) => [uniqueIndex("operators_subject").on(table.subject)],
);

/** Sign-ins that have not ended. What ended is among the events, as the operator's action. */
export const operatorSignIns = sqliteTable("operator_sign_ins", {
  id: text("id").primaryKey(),
  operator: text("operator").notNull(),
  way: text("way").notNull(),
  address: text("address").notNull(),
  client: text("client").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  expiresAtMs: integer("expires_at_ms").notNull(),
});

/** A single row. Retention has removed ends detected before `kept_from_ms`; the roll-up still counts them. */
export const retention = sqliteTable("retention", {
  id: integer("id").primaryKey(),
  keptFromMs: integer("kept_from_ms").notNull(),
  /** The latest time trusted by retention, regardless of the wall clock; null before the first. */
  trustedAtMs: integer("trusted_at_ms"),
});
