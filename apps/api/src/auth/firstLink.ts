/**
 * The link that the server prints while there is no account. On a server that only this machine reaches, it signs in with one click;
 * elsewhere, and in the end, it leads to making the first account.
 */

import { OneTimeToken } from "./oneTimeToken.ts";
import { FIRST_OPERATOR, type Operators } from "./operators.ts";
import type { SignInLinks } from "./signInLinks.ts";

export class FirstLink {
  readonly #operators: Operators;
  readonly #links: SignInLinks;
  readonly #signsIn: boolean;
  readonly #token = new OneTimeToken();

  /** @param signsIn whether it signs in without an account. */
  constructor({ operators, links, signsIn }: { operators: Operators; links: SignInLinks; signsIn: boolean }) {
    this.#operators = operators;
    this.#links = links;
    this.#signsIn = signsIn;
  }

  /** A new link's path below the server's address; `null` when there is an account. Each invalidates the one before. */
  renew(): string | null {
    if (this.#operators.hasAccounts) return null;
    if (this.#signsIn) return `/admin/sign-in?token=${this.#token.renew()}`;
    return this.#links.make({ name: null, role: "admin", by: FIRST_OPERATOR, first: true }, undefined).path;
  }

  /** Whether the token signs in. It works once. */
  consume(token: string): boolean {
    return !this.#operators.hasAccounts && this.#token.consume(token);
  }
}
