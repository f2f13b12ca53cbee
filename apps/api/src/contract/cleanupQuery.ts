/** How ended sessions are asked for: one model for tRPC, REST and the command line. */
import { endReasonNames, tiers } from "@lastbeat/core";
import { z } from "zod";

const epochMs = z.number().int().min(0).max(8_640_000_000_000_000);
const text = z.string().trim().min(1).max(200);

export const cleanupSorts = ["newest", "oldest", "slowest_detection", "slowest_cleanup"] as const;

export const cleanupQuerySchema = z
  .strictObject({
    /** Ends detected at or after this moment, epoch milliseconds. */
    fromMs: epochMs.optional(),
    /** Ends detected before this moment. */
    toMs: epochMs.optional(),
    tier: z.array(z.enum(tiers)).min(1).max(tiers.length).optional(),
    reason: z.array(z.enum(endReasonNames)).min(1).max(endReasonNames.length).optional(),
    initiator: z
      .array(z.enum(["client", "network", "server", "operator"]))
      .min(1)
      .max(4)
      .optional(),
    user: text.optional(),
    session: text.optional(),
    address: text.optional(),
    /** Words looked for in user, room, detail, note, client and session id. */
    text: text.optional(),
    sort: z.enum(cleanupSorts).default("newest"),
    cursor: z.string().min(1).max(400).optional(),
    limit: z.number().int().min(1).max(500).default(50),
  })
  .refine((query) => query.fromMs === undefined || query.toMs === undefined || query.fromMs < query.toMs, {
    path: ["toMs"],
    message: "the end of the range must be after its start",
  });

export type CleanupQuery = z.output<typeof cleanupQuerySchema>;
