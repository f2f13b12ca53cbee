/** Response schemas for the OpenAPI document. `satisfies` keeps them in step with the types in `views.ts`. */
import { lateCauses } from "@lastbeat/core";
import { endReasonNames, tiers } from "@lastbeat/core/reasons";
import { z } from "zod";
import { shownFields } from "./endFields.ts";
import type { SessionDetail, UserEnded } from "./replies.ts";
import type { DeadlineView, EndPage, EndStats, EndView, LiveSession, TimelineEntry } from "./views.ts";

const whole = z.int();
const count = z.int().min(0);
const atMs = whole.describe("epoch milliseconds");
type Shown = { readonly [Key in keyof typeof shownFields]: ReturnType<(typeof shownFields)[Key]["api"]> };

const kind = z.enum(["user", "admin"]);
const tier = z.enum(tiers);
const reason = z.enum(endReasonNames);

const shown = Object.entries(shownFields).map(([key, { api }]) => [key, api(z)]);

export const endSchema = z.strictObject(Object.fromEntries(shown) as Shown) satisfies z.ZodType<EndView>;

export const endPageSchema = z.strictObject({
  rows: z.array(endSchema),
  nextCursor: z.string().nullable().describe("pass as `cursor` for the next page; null on the last"),
  total: count,
  totalIsAtLeast: z.boolean().describe("whether more rows match than `total`, which stops counting at 10,000"),
}) satisfies z.ZodType<EndPage>;

const byTier = z.partialRecord(tier, count);

export const endStatsSchema = z.strictObject({
  total: count,
  byTier,
  byReason: z.partialRecord(reason, count),
  bucketMs: count,
  buckets: z.array(z.strictObject({ atMs, byTier })).describe("oldest first, empty ones left out"),
  detectionMedianMs: z.number().nullable(),
  detectionP99Ms: z.number().nullable(),
  detectionIsExact: z.boolean().describe("whether the two are exact; otherwise they are at most a tenth too high"),
  late: z.partialRecord(z.enum(lateCauses), count).describe("ends detected after their bound, by what delayed the verdict"),
}) satisfies z.ZodType<EndStats>;

export const liveSessionSchema = z.strictObject({
  id: z.string(),
  kind,
  user: z.string(),
  userId: z.string().nullable(),
  room: z.string().nullable(),
  address: z.string(),
  client: z.string(),
  transport: z.string(),
  state: z.enum(["opening", "active", "suspended", "ending"]),
  suspect: z.boolean(),
  openedAtMs: atMs,
  lastSeenAtMs: atMs,
  lastActiveAtMs: atMs,
  misses: count,
  beats: z
    .array(z.number().nullable())
    .describe("latest round-trip times in ms, oldest first; null is a miss, -1 a pause, -2 a beat of the client's own"),
  busy: z.array(z.string()),
  declaredBytes: count,
  resources: z.array(z.string()),
}) satisfies z.ZodType<LiveSession>;

export const userEndedSchema = z.strictObject({
  ended: count.describe("how many sessions of the user were ended"),
}) satisfies z.ZodType<UserEnded>;

export const sessionListSchema = z.strictObject({
  sessions: z.array(liveSessionSchema),
  total: count,
  nextCursor: z.string().nullable().describe("pass as `cursor` for the next page; null on the last"),
});

const deadlineSchema = z.strictObject({
  kind: z.string(),
  dueInMs: z.number(),
  movedBy: z.string(),
}) satisfies z.ZodType<DeadlineView>;

export const timelineEntrySchema = z.strictObject({
  seq: count,
  atMs,
  sessionId: z.string().nullable(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<TimelineEntry>;

export const timelineSchema = z.strictObject({
  entries: z.array(timelineEntrySchema),
  nextAfter: count.nullable().describe("pass as `after` for the next page; null on the last, and for the folded whole"),
});

export const sessionDetailSchema = z.strictObject({
  live: liveSessionSchema.nullable(),
  deadlines: z.array(deadlineSchema),
  end: endSchema.nullable(),
  cleanup: endSchema.nullable().meta({ deprecated: true, description: "same as `end`, under its former name" }),
  timeline: z.array(timelineEntrySchema),
}) satisfies z.ZodType<SessionDetail & { readonly cleanup: EndView | null }>;
