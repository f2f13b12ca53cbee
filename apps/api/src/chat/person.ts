/**
 * Who is one person (rule WHO1): the sessions of one user id. Guests may choose another name in the same browser, and are another person
 * then.
 */
import { hash } from "node:crypto";

export interface Identified {
  readonly sessionId: string;
  readonly user: string;
  readonly userId: string | null;
}

export class Persons {
  readonly #guests: boolean;

  /** @param guests whether users choose their own names. */
  constructor(guests: boolean) {
    this.#guests = guests;
  }

  /** An id shared by the sessions of one person. It does not reveal the user id and differs between rooms. */
  idIn(room: string, { sessionId, user, userId }: Identified): string {
    if (userId === null) return sessionId;
    return hash("sha256", JSON.stringify([room, userId, ...(this.#guests ? [user] : [])]), "base64url").slice(0, 16);
  }

  /** Whether two are one person, so that what one sent is the other's too. Guests without an id are known by their names only. */
  areSame(a: Omit<Identified, "sessionId">, b: Omit<Identified, "sessionId">): boolean {
    if (a.userId !== b.userId) return false;
    return a.user === b.user || (a.userId !== null && !this.#guests);
  }
}
