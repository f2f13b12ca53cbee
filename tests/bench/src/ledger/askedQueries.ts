/** The queries that the bench runs on a filled ledger. */
import { type EndQuery, endQuerySchema } from "../../../../apps/api/src/contract/endQuery.ts";
import type { EndStore } from "../../../../apps/api/src/ledger/store.ts";
import { FILLED_UNTIL_MS } from "./sampleSessions.ts";
import { type Timings, timingsOf } from "./timings.ts";

const DAY_MS = 86_400_000;

export type Filter = Parameters<typeof endQuerySchema.parse>[0];
export const queryOf = (filter: Filter): EndQuery => endQuerySchema.parse(filter);

export interface AskedQuery {
  readonly name: string;
  ask(ends: EndStore): Promise<unknown>;
}

const page = (name: string, filter: Filter): AskedQuery => ({ name, ask: (ends) => ends.page(queryOf(filter)) });

/** `sessionId` is one that has ended. */
export function askedQueries(sessionId: string): AskedQuery[] {
  const monthAgoMs = FILLED_UNTIL_MS - 30 * DAY_MS;
  return [
    page("newest page, no filter", {}),
    page("by time (one day a month ago)", { fromMs: monthAgoMs, toMs: monthAgoMs + DAY_MS }),
    page("by tier (common)", { tier: ["socket"] }),
    page("by tier (rare)", { tier: ["memory"] }),
    page("by reason", { reason: ["unresponsive"] }),
    page("by initiator", { initiator: ["network"] }),
    page("by user (busy)", { user: "user0" }),
    page("by user", { user: "user31000" }),
    page("by address", { address: "10.5000.1" }),
    page("by session", { session: sessionId }),
    page("by reason, slowest detection", { reason: ["unresponsive"], sort: "slowest_detection" }),
    {
      name: "statistics over 30 days",
      ask: (ends) => ends.stats(queryOf({ fromMs: monthAgoMs, toMs: FILLED_UNTIL_MS })),
    },
    page("text search, a word in every end", { text: "firefox" }),
    page("text search, a prefix of 50,000 words, in every end", { text: "user" }),
    page("text search, a prefix of one letter", { text: "f" }),
    page("text search, a rare word", { text: "user31000" }),
    page("text search, two common words", { text: "frozen room7" }),
    page("text search, a word in every end, of one user", { text: "firefox", user: "user31000" }),
  ];
}

export interface QueryFigures {
  readonly name: string;
  readonly timings: Timings;
}

/** Runs all of them in rounds, one after another, for at least the given time and number of rounds. Includes the first round. */
export async function askInTurn(
  queries: readonly AskedQuery[],
  ends: EndStore,
  atLeast: { readonly seconds: number; readonly rounds: number },
): Promise<QueryFigures[]> {
  const asked = queries.map((query) => ({ query, tookMs: [] as number[] }));
  const untilMs = performance.now() + atLeast.seconds * 1_000;
  for (let round = 0; round < atLeast.rounds || performance.now() < untilMs; round += 1) {
    for (const { query, tookMs } of asked) {
      const startedMs = performance.now();
      await query.ask(ends);
      tookMs.push(performance.now() - startedMs);
    }
  }
  return asked.map(({ query, tookMs }) => ({ name: query.name, timings: timingsOf(tookMs) }));
}
