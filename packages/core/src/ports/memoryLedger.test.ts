import { describe, expect, it } from "vitest";
import { ledgerContract } from "../testing/ledgerContract.ts";
import { sampleEnded, sampleOpened } from "../testing/samples.ts";
import { createMemoryLedger } from "./memoryLedger.ts";

ledgerContract("the ledger in memory", async () => {
  const ledger = createMemoryLedger();
  return {
    ledger,
    entries: async () => ledger.entries(),
    events: async () => [...ledger.events()],
    [Symbol.asyncDispose]: () => ledger.close(),
  };
});

describe("the ledger in memory", () => {
  it("LED5 keeps the newest ended sessions and events up to its limits, and every open session", async () => {
    const ledger = createMemoryLedger({ keepEnded: 2, keepEvents: 2 });
    for (const id of ["session_a", "session_b", "session_c", "session_d"]) await ledger.opened(sampleOpened(id));
    for (const id of ["session_a", "session_b", "session_c"]) await ledger.ended(sampleEnded(id));
    for (const atMs of [1, 2, 3, 4, 5]) ledger.event({ atMs, sessionId: null, event: { type: "stopped" } });
    expect(ledger.entries().map(({ opened }) => opened.sessionId)).toEqual(["session_b", "session_c", "session_d"]);
    expect(ledger.events().map(({ atMs }) => atMs)).toEqual([4, 5]);
  });
});
