/** Who a client is, as established at its hello (rule WHO2). */
import type { RoomRules } from "./roomRules.ts";

export interface Identity {
  /** `null` for a guest who cannot be known again. */
  readonly userId: string | null;
  /** The name that others see. */
  readonly name: string;
  /** The rooms the user may enter and read; `null` for all. */
  readonly rooms: RoomRules | null;
  /** When this stops being known, by the wall clock; `null` for never. */
  readonly expiresAtMs: number | null;
}

/** What a client says of itself. */
export interface Claim {
  readonly name: string;
  readonly browser?: string | undefined;
  readonly token?: string | undefined;
  readonly room?: string | undefined;
  /** Whether an answer given before does not do. */
  readonly fresh?: boolean | undefined;
  readonly address: string;
  readonly client: string;
}

/** Nobody is let in. `retry`: who this is cannot be told now. */
export interface RefusedUser {
  readonly ok: false;
  readonly retry: boolean;
  readonly detail: string;
}

export type Identified = { readonly ok: true; readonly identity: Identity } | RefusedUser;

/** Establishes who a client is. Never rejects. */
export type Identify = (claim: Claim) => Identified | Promise<Identified>;

export const refusedUser = (detail: string): RefusedUser => ({ ok: false, retry: false, detail });
export const unknownNow = (detail: string): RefusedUser => ({ ok: false, retry: true, detail });
