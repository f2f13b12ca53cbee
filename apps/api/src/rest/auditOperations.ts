/** REST operations on what operators did. */
import { z } from "zod";
import { type AuditPage, auditActions, auditQuerySchema } from "../contract/audit.ts";
import type { Operation } from "./operation.ts";
import { queryParams } from "./queryParams.ts";

const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])).nullable();

export const auditEntrySchema = z.strictObject({
  seq: z.number(),
  atMs: z.number(),
  action: z.enum(auditActions),
  by: z.string().describe("an operator, `token NAME`, `local`, or empty for somebody unknown"),
  address: z.string(),
  target: z.string().describe("what it was done to"),
  sessionId: z.string().nullable(),
  before: values,
  after: values,
  count: z.number().describe("how often it happened, for failed sign-ins that are folded"),
});

export const auditPageSchema = z.strictObject({
  entries: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
}) satisfies z.ZodType<AuditPage>;

export const auditOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/audit",
    summary: "What operators did, newest first, in pages",
    right: "audit:read",
    query: auditQuerySchema,
    answer: auditPageSchema,
    run: ({ services, params }) => services.store.audit.page(queryParams(auditQuerySchema, params)),
  },
];
