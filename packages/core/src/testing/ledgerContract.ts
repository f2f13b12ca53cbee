/**
 * The contract of the ledger port as a test suite, to run on each implementation. It needs Vitest, so it has its own entry point,
 * `@lastbeat/core/testing/ledgerContract`.
 */
import { describe, expect, it } from "vitest";
import type { Ledger, LedgerEvent } from "../ports/ledger.ts";
import type { LedgerEntry } from "../ports/memoryLedger.ts";
import { sampleEnded, sampleOpened } from "./samples.ts";

/** A ledger under test, and access to its contents that does not go through the port. */
export interface LedgerSubject extends AsyncDisposable {
  readonly ledger: Ledger;
  /** The sessions that are durable now. Must also work after `close`. */
  entries(): Promise<LedgerEntry[]>;
  /** The events written by sessions and by the test, in order. */
  events(): Promise<LedgerEvent[]>;
}

/** Runs the contract on a ledger. `make` opens an empty one for each test. */
export function ledgerContract(name: string, make: () => Promise<LedgerSubject>): void {
  describe(`${name} fulfils the ledger contract`, () => {
    it("LED1 has the opening once opened() has resolved", () => opensDurably(make));
    it("LED1 has the end with all its evidence once ended() has resolved", () => endsDurably(make));
    it("LED2 refuses an id that was used before, whether open or ended", () => refusesUsedIds(make));
    it("LED2 keeps the first of two consecutive ends", () => keepsFirstEnd(make));
    it("LED2 keeps the first of several simultaneous ends", () => keepsFirstOfSimultaneousEnds(make));
    it("LED2 ignores the end of a session that was never opened", () => ignoresUnknownEnd(make));
    it("LED4 writes events in call order", () => keepsEventOrder(make));
    it("LED5 records the other openings of a group when one is refused", () => refusesOnlyTheGuilty(make));
    it("LED7 stores an end with any text in it", () => storesAnyText(make));
    it("SES7 writes everything queued on close(), which can be called twice", () => closesCompletely(make));
  });
}

type Make = () => Promise<LedgerSubject>;

async function opensDurably(make: Make): Promise<void> {
  await using subject = await make();
  const record = sampleOpened("session_a", { room: null, kind: "admin" });
  await subject.ledger.opened(record);
  expect(await subject.entries()).toEqual([{ opened: record, ended: null }]);
  expect(subject.ledger.health()).toEqual({ accepting: true });
}

async function endsDurably(make: Make): Promise<void> {
  await using subject = await make();
  const opened = sampleOpened("session_a");
  const crash = sampleEnded("session_b", {
    eviction: null,
    note: "sorry",
    operator: "Eve",
    boundMs: null,
    crashedBetweenMs: [5, 9],
    closeCode: null,
  });
  await subject.ledger.opened(opened);
  await subject.ledger.ended(sampleEnded("session_a"));
  expect(await subject.entries()).toEqual([{ opened, ended: sampleEnded("session_a") }]);
  await subject.ledger.opened(sampleOpened("session_b"));
  await subject.ledger.ended(crash);
  expect((await subject.entries()).find((entry) => entry.opened.sessionId === "session_b")?.ended).toEqual(crash);
}

async function refusesUsedIds(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  await ledger.opened(sampleOpened("session_a"));
  await expect(ledger.opened(sampleOpened("session_a", { user: "Mallory" }))).rejects.toMatchObject({ code: "session_id_taken" });
  await ledger.ended(sampleEnded("session_a"));
  await expect(ledger.opened(sampleOpened("session_a", { user: "Mallory" }))).rejects.toMatchObject({ code: "session_id_taken" });
  const entries = await subject.entries();
  expect(entries.map(({ opened }) => opened.user)).toEqual(["Ada"]);
}

async function keepsFirstEnd(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  await ledger.opened(sampleOpened("session_a"));
  await ledger.ended(sampleEnded("session_a", { reason: "idle", tier: "timeout" }));
  await ledger.ended(sampleEnded("session_a", { reason: "client_left", tier: "socket", detectedAtMs: 1_800_000_000_000 }));
  const entries = await subject.entries();
  expect(entries.map(({ ended }) => ended?.reason)).toEqual(["idle"]);
}

async function keepsFirstOfSimultaneousEnds(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  await ledger.opened(sampleOpened("session_a"));
  const reasons = ["idle", "client_left", "unreachable"] as const;
  await Promise.all(reasons.map((reason) => ledger.ended(sampleEnded("session_a", { reason }))));
  const entries = await subject.entries();
  expect(entries.map(({ ended }) => ended?.reason)).toEqual(["idle"]);
}

async function ignoresUnknownEnd(make: Make): Promise<void> {
  await using subject = await make();
  await subject.ledger.ended(sampleEnded("session_never"));
  expect(await subject.entries()).toEqual([]);
}

async function keepsEventOrder(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  const events: LedgerEvent[] = [
    { atMs: 30, sessionId: "session_a", event: { type: "suspect", miss: 1, maxFailures: 3, cause: "no answer within 20 s" } },
    { atMs: 20, sessionId: null, event: { type: "pause", pausedMs: 1_500, sessions: 4, outstanding: 2 } },
    { atMs: 10, sessionId: "session_a", event: { type: "refuted", misses: 1, afterMs: 300 } },
  ];
  await ledger.opened(sampleOpened("session_a"));
  for (const event of events) ledger.event(event);
  await ledger.ended(sampleEnded("session_a"));
  expect(await subject.events()).toEqual(events);
}

async function refusesOnlyTheGuilty(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  await ledger.opened(sampleOpened("session_b"));
  const results = await Promise.allSettled(["session_a", "session_b", "session_c"].map((id) => ledger.opened(sampleOpened(id))));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const ids = (await subject.entries()).map(({ opened }) => opened.sessionId);
  expect(ids.sort()).toEqual(["session_a", "session_b", "session_c"]);
}

async function storesAnyText(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  const texts = ["'); DROP TABLE sessions; --", "名字 и другое 🎈", 'quote " and \\ and \n', ""];
  for (const [at, text] of texts.entries()) {
    await ledger.opened(sampleOpened(`session_${at}`, { user: text, client: text }));
    await ledger.ended(sampleEnded(`session_${at}`, { detail: text, note: text }));
  }
  const entries = await subject.entries();
  expect(entries.map(({ opened, ended }) => [opened.user, opened.client, ended?.detail, ended?.note])).toEqual(
    texts.map((text) => [text, text, text, text]),
  );
}

async function closesCompletely(make: Make): Promise<void> {
  await using subject = await make();
  const { ledger } = subject;
  const ids = Array.from({ length: 2_000 }, (_, at) => `session_${at}`);
  const opened = Promise.all(ids.map((id) => ledger.opened(sampleOpened(id))));
  const ended = Promise.all(ids.map((id) => ledger.ended(sampleEnded(id))));
  await Promise.all([ledger.close(), ledger.close()]);
  await Promise.all([opened, ended]);
  const entries = await subject.entries();
  expect(entries.length).toBe(2_000);
  expect(entries.every((entry) => entry.ended !== null)).toBe(true);
}

/** Asserts that a ledger that cannot be written refuses openings. For suites that can break their store. */
export async function expectUnavailable(ledger: Ledger, sessionId: string): Promise<void> {
  expect(ledger.health().accepting).toBe(false);
  await expect(ledger.opened(sampleOpened(sessionId))).rejects.toMatchObject({ code: "ledger_unavailable" });
}
