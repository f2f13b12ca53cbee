/** API tokens for programs: the input to create one and the views of it. */
import { z } from "zod";
import { userName } from "./inputs.ts";
import { type Right, rights } from "./rights.ts";

const DAY_MS = 86_400_000;
export const TOKEN_DAYS = 90;
const MAX_TOKEN_DAYS = 3_650;

/** Former scopes, which scripts and token files still have, and the rights they stood for. */
const formerScopes = {
  read: ["sessions:read", "history:read", "metrics:read"],
  operate: ["sessions:read", "history:read", "metrics:read", "sessions:end"],
} as const satisfies Record<string, readonly Right[]>;

export type FormerScope = keyof typeof formerScopes;
/** A right, or a former name for several. */
export type TokenScope = Right | FormerScope;
export const tokenScopes = [...rights, ...(Object.keys(formerScopes) as FormerScope[])] as [TokenScope, ...TokenScope[]];

/** The rights that scopes stand for, each once and in their order. */
export function rightsOf(scopes: readonly TokenScope[]): Right[] {
  const wanted = new Set<Right>(
    scopes.flatMap((scope): readonly Right[] => (scope in formerScopes ? formerScopes[scope as FormerScope] : [scope as Right])),
  );
  return rights.filter((right) => wanted.has(right));
}

export const tokenInput = z.strictObject({
  name: userName,
  scopes: z.array(z.enum(tokenScopes)).min(1).max(tokenScopes.length).default(["sessions:read", "history:read"]),
  /** Days until it expires; `null` for never. */
  days: z.number().int().min(1).max(MAX_TOKEN_DAYS).nullable().default(TOKEN_DAYS),
});

export function expiryAfter(days: number | null, nowMs: number): number | null {
  return days === null ? null : nowMs + days * DAY_MS;
}

/** A token without its secret. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Right[];
  readonly createdAtMs: number;
  /** `null`: never. */
  readonly expiresAtMs: number | null;
  /** Accurate to the minute; `null` before its first use. */
  readonly lastUsedAtMs: number | null;
}

export interface NewToken extends TokenView {
  /** The secret, shown only once. Only its hash is stored. */
  readonly token: string;
}
