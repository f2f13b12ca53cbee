/** What operators did, as events of the ledger: who, from where, what, before and after. */
import { z } from "zod";
import { badCursor } from "./errors.ts";

/** Each kind of action. */
export const auditActions = [
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "sign_in_ended",
  "operator_added",
  "operator_changed",
  "link_made",
  "password_set",
  "token_created",
  "token_revoked",
  "session_ended",
  "settings_changed",
  "settings_restored",
  "history_exported",
  "clock_confirmed",
  "log_level_changed",
  "webhook_changed",
  "webhook_resent",
] as const;

export type AuditAction = (typeof auditActions)[number];

export type AuditValues = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Never holds a password, token or link. */
export interface AuditRecord {
  readonly action: AuditAction;
  /** An operator's name, `token NAME`, `command line`, `local`, or "" for somebody unknown. */
  readonly by: string;
  /** The client's address; "" where there is none. */
  readonly address: string;
  /** What it was done to: an operator, a token, a revision, …; "" if nothing in particular. */
  readonly target: string;
  readonly sessionId: string | null;
  readonly before: AuditValues | null;
  readonly after: AuditValues | null;
  /** How often it happened, folded into one entry. */
  readonly count: number;
}

export interface AuditEntry extends AuditRecord {
  readonly seq: number;
  readonly atMs: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

export const auditQuerySchema = z.strictObject({
  action: z.array(z.enum(auditActions)).min(1).max(auditActions.length).optional().describe("kinds of action"),
  by: z.string().min(1).max(100).optional().describe("who did it, exactly"),
  target: z.string().min(1).max(200).optional().describe("what it was done to, exactly"),
  fromMs: z.number().int().min(0).optional().describe("not before this, epoch milliseconds"),
  toMs: z.number().int().min(0).optional().describe("before this, epoch milliseconds"),
  limit: z.number().int().min(1).max(500).default(100).describe("entries per page"),
  cursor: z.string().max(40).optional().describe("`nextCursor` of the previous page"),
});

export type AuditQuery = z.output<typeof auditQuerySchema>;

/** The entry before which a page begins. @throws {LastbeatError} `bad_request` */
export function readAuditCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const [, seq] = /^a(\d{1,15})$/.exec(cursor) ?? [];
  if (seq === undefined) throw badCursor("of the audit trail");
  return Number(seq);
}

export const writeAuditCursor = (seq: number) => `a${seq}`;
