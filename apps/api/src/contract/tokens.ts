/** API tokens for REST: the input to create one and the views of it. */
import { z } from "zod";
import { userName } from "./inputs.ts";
import type { Right } from "./rights.ts";

/** `read` allows queries; `operate` also allows ending sessions. */
export const tokenScopes = ["read", "operate"] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** The rights that each scope stands for. */
export const scopeRights: Readonly<Record<TokenScope, ReadonlySet<Right>>> = {
  read: new Set<Right>(["sessions:read", "history:read", "metrics:read", "webhooks:read"]),
  operate: new Set<Right>(["sessions:read", "history:read", "metrics:read", "webhooks:read", "sessions:end", "webhooks:write"]),
};

export const tokenInput = z.strictObject({ name: userName, scope: z.enum(tokenScopes).default("read") });

/** A token without its secret. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scope: TokenScope;
  readonly createdAtMs: number;
  /** Accurate to the minute; `null` before its first use. */
  readonly lastUsedAtMs: number | null;
}

export interface NewToken extends TokenView {
  /** The secret, shown only once. Only its hash is stored. */
  readonly token: string;
}
