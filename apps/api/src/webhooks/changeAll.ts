/** Changes any number of deliveries in batches. Each is a commit of its own, so that other writes need not wait for all of it. */
import type { WebhookStore } from "../ledger/store.ts";
import { CHANGED_AT_ONCE, type DeliveryChange } from "../ledger/write/deliveryWriter.ts";

/**
 * Makes the change again and again, until a batch is not full or `mayGoOn` says no.
 * @returns how many deliveries were changed. Rejects if a batch cannot be stored now; those before it stay changed.
 */
export async function changeAll(
  store: Pick<WebhookStore, "change">,
  change: DeliveryChange,
  mayGoOn: () => boolean = () => true,
): Promise<number> {
  let [changed, batch] = [0, 0];
  do {
    batch = await store.change(change);
    changed += batch;
  } while (batch === CHANGED_AT_ONCE && mayGoOn());
  return changed;
}
