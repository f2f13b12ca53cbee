/** Webhooks over REST and tRPC: inputs, and schemas of answers. */
import { endReasonNames } from "@lastbeat/core/reasons";
import { z } from "zod";
import type { DeadPage, WebhookView } from "./webhookViews.ts";

const count = z.int().min(0);
const atMs = z.int().describe("epoch milliseconds");

/** Refuses what cannot be one, before it is looked up. */
export const webhookName = z.string().max(40);

export const deadQuery = z.strictObject({
  limit: z.number().int().min(1).max(500).default(50).describe("deliveries per page"),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe("`nextCursor` of the previous page"),
});

export const resendInput = z.strictObject({
  ids: z.array(z.int().min(1)).min(1).max(500).optional().describe("which; all if left out"),
});

const webhookSchema = z.strictObject({
  name: z.string(),
  url: z.string().nullable().describe("scheme, host and port; null if it is no longer configured"),
  waiting: count,
  oldestWaitingAtMs: atMs.nullable(),
  dead: count.describe("given up"),
  delivered: count.describe("since the server started"),
  lastDeliveredAtMs: atMs.nullable(),
  failed: count.describe("failed attempts since the server started"),
  failingSinceMs: atMs.nullable().describe("null if the latest attempt succeeded"),
  lastError: z.string().nullable(),
}) satisfies z.ZodType<WebhookView>;

export const webhookListSchema = z.strictObject({ webhooks: z.array(webhookSchema) });

const deadSchema = z.strictObject({
  id: count,
  sessionId: z.string(),
  user: z.string(),
  reason: z.enum(endReasonNames),
  endedAtMs: atMs,
  diedAtMs: atMs,
  attempts: count,
  error: z.string(),
});

export const deadPageSchema = z.strictObject({
  deliveries: z.array(deadSchema).describe("newest first"),
  nextCursor: z.string().nullable().describe("pass as `cursor` for the next page; null on the last"),
}) satisfies z.ZodType<DeadPage>;

export const resentSchema = z.strictObject({ resent: count });
