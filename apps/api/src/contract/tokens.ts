/** Tokens with which programs ask REST: what is said when one is made, and what is shown of it afterwards. */
import { z } from "zod";
import { userName } from "./inputs.ts";

/** `read` asks; `operate` also ends sessions. */
export const tokenScopes = ["read", "operate"] as const;
export type TokenScope = (typeof tokenScopes)[number];

export const tokenInput = z.strictObject({ name: userName, scope: z.enum(tokenScopes).default("read") });

/** A token without what it opens with. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scope: TokenScope;
  readonly createdAtMs: number;
  /** To the minute; `null` until its first use. */
  readonly lastUsedAtMs: number | null;
}

export interface NewToken extends TokenView {
  /** Shown this once; only its hash is stored. */
  readonly token: string;
}
