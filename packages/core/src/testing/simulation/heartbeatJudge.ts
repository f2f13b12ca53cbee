/** Heartbeats, misses and refutations against the books. */
import type { LedgerEvent, SessionEvent } from "../../ports/ledger.ts";
import { askDueMs, latenessMs } from "../../rules/heartbeat.ts";
import { MAX_RENEWALS } from "../../settings/bounds.ts";
import type { Books } from "./books.ts";
import type { SessionModel, WireFacts } from "./sessionModel.ts";

/** A miss in the beat history. */
const MISS = -1;

/** A heartbeat was sent. */
export function judgeBeat(books: Books, wire: WireFacts): void {
  const { engine, settings, clock } = books.world;
  const { beat, model } = wire;
  if (!books.isInCharge(wire)) books.violated("SES3", `a heartbeat went to a connection that ${model.id} has left`);
  if (
    beat !== null &&
    beat.answeredMs === null &&
    beat.pauses === engine.observed.pauses &&
    books.nowMs < beat.sentMs + beat.limitMs
  )
    books.violated("HB3", `${model.id} was sent a heartbeat before its last one was overdue`);
  const isFirst = beat === null || beat.answeredMs !== null;
  if (!isFirst && !beat.missed) wire.renewals += 1;
  const limitMs = settings.current.heartbeatPongTimeoutMs;
  const sentMonoMs = Math.floor(clock.monotonicMs());
  const { pauses } = engine.observed;
  const sentMs = wire.driven && isFirst ? askedFromMs(books, model) : books.nowMs;
  wire.beat = { sentMs, sentMonoMs, limitMs, pauses, answeredMs: null, missed: false };
}

/** A client that drives was asked. @returns from when the beat counts. */
function askedFromMs(books: Books, model: SessionModel): number {
  const { counts, settings } = books.world;
  counts.asked += 1;
  if (books.nowMs < askDueMs(model.lifeMs, settings.current))
    books.violated("HB10", `${model.id} was asked before its own beat was late`);
  return books.nowMs - latenessMs(settings.current);
}

/** The keeper recorded a suspicion, a refutation or a withdrawn warning. */
export function judgeLedgerEvent(books: Books, { sessionId, event }: LedgerEvent): void {
  const model = sessionId === null ? undefined : books.world.sessions.get(sessionId);
  if (event.type === "suspect") suspected(books, model, event);
  if (event.type === "refuted") refuted(books, model, event.misses);
  // Also recorded for a suspended session, whose client cannot be told.
  if (event.type === "idle_cleared" && model !== undefined) model.warnedMs = -1;
}

function suspected(
  books: Books,
  model: SessionModel | undefined,
  { miss, maxFailures }: Extract<SessionEvent, { type: "suspect" }>,
): void {
  const beat = model?.wire.beat ?? null;
  if (model === undefined || beat === null || model.phase !== "open")
    return books.violated("HB3", "a beat that was not sent was missed");
  const { engine, settings, counts } = books.world;
  counts.suspected += 1;
  model.misses += 1;
  model.keepBeat(MISS);
  if (model.misses === 1) model.wire.transportAnswered = false;
  if (beat.answeredMs !== null) books.violated("HB2", `${model.id} answered, and a miss was counted`);
  if (books.nowMs - beat.sentMs < beat.limitMs) books.violated("HB6", `${model.id} was judged under a shorter limit`);
  beat.missed = true;
  if (beat.pauses !== engine.observed.pauses && model.wire.renewals < MAX_RENEWALS)
    books.violated("TIM3", `${model.id} was blamed for the server's pause`);
  if (!model.wire.ill) books.violated("HB3", `${model.id} was suspected although its client is healthy`);
  if (miss !== model.misses || maxFailures !== settings.current.heartbeatMaxFailures)
    books.violated("HB3", `miss ${model.misses} of ${model.id} was written as ${miss}/${maxFailures}`);
}

function refuted(books: Books, model: SessionModel | undefined, misses: number): void {
  if (model === undefined || misses === 0 || misses !== model.misses || model.lifeMs !== books.nowMs)
    books.violated("HB4", "a suspicion was refuted that did not exist, or without a sign of life");
  if (model === undefined) return;
  books.world.counts.refuted += 1;
  model.misses = 0;
  model.wire.transportAnswered = false;
}
