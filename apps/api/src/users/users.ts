/** The users of the chat: establishes who they are at each hello, for how long, and which rooms they may enter (rules WHO2 to WHO4). */
import type { Session } from "@lastbeat/core";
import type { UserMode } from "../config/userMode.ts";
import { failure } from "../contract/errors.ts";
import type { Expiries } from "./expiries.ts";
import type { Claim, Identified, Identify, Identity } from "./identity.ts";
import { mayEnter, type RoomRules } from "./roomRules.ts";

export interface UsersParts {
  readonly mode: UserMode;
  readonly identify: Identify;
  readonly expiries: Expiries;
  readonly now: () => number;
}

export class Users {
  /** Whether users choose their own names. */
  readonly guests: boolean;
  readonly #identify: Identify;
  readonly expiries: Expiries;
  readonly #now: () => number;
  /** Of sessions whose user may not enter every room. */
  readonly #rooms = new WeakMap<Session, RoomRules>();

  constructor({ mode, identify, expiries, now }: UsersParts) {
    this.guests = mode === "guest";
    this.#identify = identify;
    this.expiries = expiries;
    this.#now = now;
  }

  /** Never rejects. */
  identify(claim: Claim): Identified | Promise<Identified> {
    return this.#identify(claim);
  }

  /** Whether the user of this hello may take up that session. A guest proves it by the session's token alone. */
  mayResume({ userId }: Identity, target: Session | undefined): boolean {
    return this.guests || target === undefined || target.userId === userId;
  }

  /** The session is this user's, as far and as long as the identity says. Replaces what was known before. */
  admit(session: Session, { rooms, expiresAtMs }: Identity): void {
    if (rooms === null) this.#rooms.delete(session);
    else this.#rooms.set(session, rooms);
    this.expiries.set(session, this.#leftMs(expiresAtMs));
  }

  /**
   * Takes a fresh token of the same user.
   * @returns how long it is good for, in milliseconds; `null` for ever.
   * @throws {LastbeatError} `forbidden` for a token that is not accepted, `unavailable` if nobody can tell now.
   */
  async renew(session: Session, token: string): Promise<number | null> {
    if (this.guests) throw failure("forbidden", "this server takes no tokens");
    const { user: name, room, peer } = session;
    const found = await this.#identify({
      fresh: true,
      name,
      token,
      room: room ?? undefined,
      address: peer.address,
      client: peer.client,
    });
    if (!found.ok) throw failure(found.retry ? "unavailable" : "forbidden", found.detail);
    if (found.identity.userId !== session.userId) throw failure("forbidden", "the token is another user's");
    this.admit(session, found.identity);
    return this.#leftMs(found.identity.expiresAtMs);
  }

  mayEnter(session: Session, room: string): boolean {
    return mayEnter(this.#rooms.get(session) ?? null, room);
  }

  close(): void {
    this.expiries.close();
  }

  #leftMs(expiresAtMs: number | null): number | null {
    return expiresAtMs === null ? null : Math.max(0, expiresAtMs - this.#now());
  }
}
