/** The query for ended sessions, shared by tRPC, REST and the command line. */
import { endReasonNames, tiers } from "@lastbeat/core/reasons";
import { z } from "zod";
import { initiators } from "./endFields.ts";
import { text as written } from "./text.ts";
import { shown } from "./validation.ts";

const epochMs = z.number().int().min(0).max(8_640_000_000_000_000);
const text = written().trim().min(1).max(200);

export const endSorts = ["newest", "oldest", "slowest_detection", "slowest_cleanup"] as const;

/** The descriptions appear in the OpenAPI document and in the command line's help. */
export const endQuerySchema = z
  .strictObject({
    fromMs: epochMs.optional().describe("ends detected at or after this time, in epoch milliseconds"),
    toMs: epochMs.optional().describe("ends detected before this time, in epoch milliseconds"),
    tier: z.array(z.enum(tiers)).min(1).max(tiers.length).optional().describe("what found the end"),
    reason: z.array(z.enum(endReasonNames)).min(1).max(endReasonNames.length).optional().describe("why the session ended"),
    initiator: z.array(z.enum(initiators)).min(1).max(initiators.length).optional().describe("who caused the end"),
    user: text.optional().describe("exact user name"),
    userId: text.optional().describe("exact user id"),
    session: text.optional().describe("session id"),
    address: text.optional().describe("exact client address"),
    text: text.optional().describe("words in user, room, detail, note, client and session id; the last may be a prefix"),
    sort: z.enum(endSorts).default("newest").describe("sort order"),
    cursor: z.string().min(1).max(400).optional().describe("`nextCursor` of the previous page"),
    limit: z.number().int().min(1).max(500).default(50).describe("rows per page"),
  })
  .refine((query) => query.fromMs === undefined || query.toMs === undefined || query.fromMs < query.toMs, {
    path: ["toMs"],
    error: ({ input }) => `expected a time after fromMs, got ${shown((input as { toMs?: unknown }).toMs)}`,
  });

export type EndQuery = z.output<typeof endQuerySchema>;
