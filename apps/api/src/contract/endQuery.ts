/** How ended sessions are asked for: one model for tRPC, REST and the command line. */
import { endReasonNames, tiers } from "@lastbeat/core/reasons";
import { z } from "zod";
import { initiators } from "./endFields.ts";
import { text as written } from "./text.ts";
import { shown } from "./validation.ts";

const epochMs = z.number().int().min(0).max(8_640_000_000_000_000);
const text = written().trim().min(1).max(200);

export const endSorts = ["newest", "oldest", "slowest_detection", "slowest_cleanup"] as const;

/** Descriptions are shown to those who ask: in the OpenAPI document and in the help of the command line. */
export const endQuerySchema = z
  .strictObject({
    fromMs: epochMs.optional().describe("ends detected at or after this moment, in epoch milliseconds"),
    toMs: epochMs.optional().describe("ends detected before this moment, in epoch milliseconds"),
    tier: z.array(z.enum(tiers)).min(1).max(tiers.length).optional().describe("what found the end"),
    reason: z.array(z.enum(endReasonNames)).min(1).max(endReasonNames.length).optional().describe("why the session ended"),
    initiator: z.array(z.enum(initiators)).min(1).max(initiators.length).optional().describe("who brought the end about"),
    user: text.optional().describe("the user's name, exactly"),
    session: text.optional().describe("the session's id"),
    address: text.optional().describe("the client's address, exactly"),
    text: text.optional().describe("words in user, room, detail, note, client and session id; the last one may be a beginning"),
    sort: z.enum(endSorts).default("newest").describe("which come first"),
    cursor: z.string().min(1).max(400).optional().describe("`nextCursor` of the page before"),
    limit: z.number().int().min(1).max(500).default(50).describe("rows of a page"),
  })
  .refine((query) => query.fromMs === undefined || query.toMs === undefined || query.fromMs < query.toMs, {
    path: ["toMs"],
    error: ({ input }) => `expected a moment after fromMs, got ${shown((input as { toMs?: unknown }).toMs)}`,
  });

export type EndQuery = z.output<typeof endQuerySchema>;
