/** Readiness for new sessions, as reported by `/readyz` and the System page. */
import type { ConnectionLimit } from "./connectionLimit.ts";
import type { Store } from "./ledger/store.ts";

/** Why the server accepts no new sessions, or `null` if it does. */
export function notReadyCause({ ledger }: Pick<Store, "ledger">, connectionLimit: Pick<ConnectionLimit, "cause">): string | null {
  const health = ledger.health();
  return health.accepting ? connectionLimit.cause() : health.cause;
}
