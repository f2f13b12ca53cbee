/** Whether the server takes new sessions, as `/readyz` and the System page say it. */
import type { ConnectionRoom } from "./connectionRoom.ts";
import type { Store } from "./ledger/store.ts";

/** Why it takes none; `null` when it does. */
export function notReadyCause({ ledger }: Pick<Store, "ledger">, room: Pick<ConnectionRoom, "cause">): string | null {
  const health = ledger.health();
  return health.accepting ? room.cause() : health.cause;
}
