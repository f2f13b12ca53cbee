/**
 * The fields of an end, defined once. Tables, the insert statement, row readers, API responses, the OpenAPI document and CSV columns all
 * derive from this list, and the compiler keeps it in step with the core's types. It contains only strings and functions, so that the
 * ledger's threads do not load zod with it.
 */
import type {
  EvictionEvidence,
  FailedRelease,
  Initiator,
  LateCause,
  MemoryLevel,
  SessionEnd,
  SessionKind,
  SessionOpening,
} from "@lastbeat/core";
import { endReasonNames, tiers } from "@lastbeat/core/reasons";
import type { ZodType } from "zod";

type Zod = typeof import("zod").z;

/** How a field is stored, independent of the database. */
export type Kind = "whole" | "wholeOrNull" | "text" | "textOrNull" | "flag" | "list" | "jsonOrNull";

/** The kind that stores values of a given type. */
type KindOf<Value> = [Value] extends [number]
  ? "whole"
  : [Value] extends [number | null]
    ? "wholeOrNull"
    : [Value] extends [string]
      ? "text"
      : [Value] extends [string | null]
        ? "textOrNull"
        : [Value] extends [boolean]
          ? "flag"
          : [Value] extends [readonly unknown[]]
            ? "list"
            : "jsonOrNull";

export interface Field<Value> {
  readonly kind: KindOf<Value>;
  /** Human-readable column heading. */
  readonly head: string;
  /** The value when nothing is known. */
  readonly blank: Value;
  /** Its schema in API responses. */
  readonly api: (z: Zod) => ZodType<Value>;
}

export type ValueOf<Entry> = Entry extends { readonly api: (z: Zod) => ZodType<infer Value> } ? Value : never;

/** Exactly one entry per field of a row. */
type Fields<Row> = { readonly [Key in keyof Row]-?: Field<Row[Key]> };

const whole = (head: string, means?: string): Field<number> => ({
  kind: "whole",
  head,
  blank: 0,
  api: (z) => z.int().meta(meta(head, means)),
});
const count = (head: string, means?: string): Field<number> => ({
  kind: "whole",
  head,
  blank: 0,
  api: (z) => z.int().min(0).meta(meta(head, means)),
});
const moment = (head: string): Field<number> => whole(`${head} (epoch ms)`, "epoch milliseconds");
const wholeOrNull = (head: string, means?: string): Field<number | null> => ({
  kind: "wholeOrNull",
  head,
  blank: null,
  api: (z) => z.int().nullable().meta(meta(head, means)),
});
const text = (head: string, means?: string): Field<string> => ({
  kind: "text",
  head,
  blank: "",
  api: (z) => z.string().meta(meta(head, means)),
});
const textOrNull = (head: string, means?: string): Field<string | null> => ({
  kind: "textOrNull",
  head,
  blank: null,
  api: (z) => z.string().nullable().meta(meta(head, means)),
});
const flag = (head: string, means?: string): Field<boolean> => ({
  kind: "flag",
  head,
  blank: false,
  api: (z) => z.boolean().meta(meta(head, means)),
});

/** One of several names. The first is the value when nothing is known. */
function oneOf<Name extends string>(head: string, names: readonly Name[], means?: string) {
  const api = (z: Zod): ZodType<Name> => z.enum(names).meta(meta(head, means));
  return { kind: "text" as const, head, blank: names[0] as Name, api };
}

function oneOfOrNull<Name extends string>(head: string, names: readonly Name[], means?: string) {
  const api = (z: Zod): ZodType<Name | null> => z.enum(names).nullable().meta(meta(head, means));
  return { kind: "textOrNull" as const, head, blank: null, api };
}

function list<Items extends readonly unknown[]>(head: string, items: (z: Zod) => ZodType<Items>) {
  return {
    kind: "list" as const,
    head,
    blank: [] as readonly unknown[] as Items,
    api: (z: Zod) => items(z).meta({ title: head }),
  };
}

function jsonOrNull<Value>(head: string, value: (z: Zod) => ZodType<Value>) {
  const api = (z: Zod): ZodType<Value | null> => value(z).nullable().meta({ title: head });
  return { kind: "jsonOrNull" as const, head, blank: null, api };
}

const meta = (title: string, description?: string) => (description === undefined ? { title } : { title, description });

/** All names of a union type. The compiler reports a missing one. */
function allOf<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[];
}

export const initiators = allOf<Initiator>({ client: true, network: true, server: true, operator: true });

/** The fields of a session's opening. */
export const openingFields = {
  sessionId: text("session"),
  kind: oneOf("kind", allOf<SessionKind>({ user: true, admin: true })),
  user: text("user"),
  userId: textOrNull("user id", "whom the application knows the user as; null if it did not say"),
  room: textOrNull("room"),
  address: text("address"),
  client: text("client"),
  transport: text("transport"),
  openedAtMs: moment("opened"),
  settingsRevision: count("settings revision"),
} satisfies Fields<SessionOpening>;

/** The fields added by its end. */
export const endFields = {
  reason: oneOf("reason", endReasonNames, "why the session ended"),
  tier: oneOf("found by", tiers, "what found the end"),
  initiator: oneOf("caused by", initiators, "who caused the end"),
  closeCode: wholeOrNull("close code"),
  detail: text("detail", "what exactly was observed"),
  note: textOrNull("note"),
  operator: textOrNull("operator"),
  lastSeenAtMs: moment("last seen"),
  lastActiveAtMs: moment("last active"),
  detectedAtMs: moment("ended"),
  releasedAtMs: moment("released"),
  detectionMs: whole("found after (ms)", "from the cause to the verdict, in observed time"),
  boundMs: wholeOrNull("bound (ms)", "the published bound for that"),
  lateCause: oneOfOrNull(
    "late because of",
    allOf<LateCause>({ pause: true, settings: true, late_tick: true, unknown: true }),
    "what delayed the verdict beyond the bound; null if it was in time",
  ),
  cleanupMs: whole("released in (ms)", "from the verdict until everything was released"),
  cleanup: oneOf("release", allOf<SessionEnd["cleanup"]>({ complete: true, incomplete: true })),
  resourcesReleased: count("resources released"),
  resourcesFailed: list("resources not released", (z): ZodType<readonly FailedRelease[]> => {
    return z.array(z.strictObject({ name: z.string(), cause: z.string() }));
  }),
  misses: count("heartbeats missed"),
  roundTripsMs: list("round trips (ms)", (z): ZodType<readonly number[]> => z.array(z.number())),
  settingsRevision: count("settings revision"),
  pauses: count("server pauses"),
  pausedMs: count("paused for (ms)"),
  memoryLevel: oneOf("memory level", allOf<MemoryLevel>({ ok: true, soft: true, hard: true })),
  eviction: jsonOrNull("chosen when memory was short", (z): ZodType<EvictionEvidence> => {
    const figure = z.int().min(0);
    const figures = { usedBytes: figure, limitBytes: figure, rank: figure, batch: figure };
    return z.strictObject({ level: z.enum(["soft", "hard"]), ...figures });
  }),
  resumeExpired: flag("did not come back", "whether the connection was lost and the resume grace expired"),
  crashedBetweenMs: jsonOrNull("crashed between (epoch ms)", (z): ZodType<readonly [number, number]> => {
    return z.tuple([z.int(), z.int()]);
  }),
} satisfies Fields<Omit<SessionEnd, "sessionId">>;

const { settingsRevision: _, ...shownOpeningFields } = openingFields;

/** The fields of an end shown by the API and in CSV, in order. */
export const shownFields = { ...shownOpeningFields, ...endFields };

type Blank = { readonly [Key in keyof typeof endFields]: SessionEnd[Key] };

/** An end about which nothing is known except that it happened. */
export const blankEnd = Object.fromEntries(Object.entries(endFields).map(([key, { blank }]) => [key, blank])) as unknown as Blank;
