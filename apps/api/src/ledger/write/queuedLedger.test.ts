import { ledgerContract } from "@lastbeat/core/testing/ledgerContract";
import { readEntries, readEvents, scratch } from "../testing/scratchStore.ts";

ledgerContract("the SQLite ledger", async () => {
  const place = scratch();
  const store = await place.open();
  return {
    ledger: store.ledger,
    entries: async () => readEntries(place),
    events: async () => readEvents(place),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
});
