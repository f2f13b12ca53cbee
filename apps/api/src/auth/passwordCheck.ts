/** Compares a password with an account's. Comparing takes a while, in which the account may be reset. */
import { failure } from "../contract/errors.ts";
import type { StoredOperator } from "../contract/operators.ts";
import type { Operators } from "./operators.ts";
import type { Passwords } from "./passwords.ts";

/**
 * The account with this name and password, as it is now; `null` if there is none. An unknown name takes as long as a wrong password.
 * Where the password was replaced during the comparison, the new one counts. Uses the moment when the password is known to hash it by
 * today's parameters.
 */
export async function accountWith(
  { operators, passwords }: { readonly operators: Operators; readonly passwords: Passwords },
  name: string,
  password: string,
): Promise<StoredOperator | null> {
  for (;;) {
    const stored = operators.account(name)?.password ?? null;
    const isRight = await passwords.matches(password, stored);
    if (isRight && stored !== null && passwords.isOutdated(stored)) {
      operators.renewHash(name, await passwords.hash(password), stored);
      continue;
    }
    const account = operators.account(name);
    if ((account?.password ?? null) === stored) return isRight ? (account ?? null) : null;
  }
}

/** @throws {LastbeatError} `bad_request` for the first password that a guesser tries. */
export function refuseNameAsPassword(name: string, password: string): void {
  if (name === password.toLowerCase()) throw failure("bad_request", "the password must not be the name");
}
