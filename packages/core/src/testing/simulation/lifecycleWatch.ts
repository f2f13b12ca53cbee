/** Checks the keeper's events against the model. */
import type { Session, SessionKeeper } from "../../keeper/types.ts";
import type { SessionEnd } from "../../ports/ledger.ts";
import type { EndReason } from "../../protocol/endReason.ts";
import type { Books } from "./books.ts";
import { objectionToRecord } from "./endRecords.ts";
import { verdictMoment } from "./evidence.ts";
import type { SessionModel, WireFacts } from "./sessionModel.ts";
import { objectionTo } from "./verdicts.ts";

/** Listens to the keeper's events, updates the model and reports violations. */
export function watchLifecycle(books: Books, keeper: SessionKeeper): void {
  keeper.on("opened", ({ session }) => opened(books, session));
  keeper.on("attached", ({ session, resumed }) => attached(books, session, resumed));
  keeper.on("suspended", ({ session, reason }) => suspended(books, session, reason));
  keeper.on("ending", ({ session, reason }) => ending(books, session, reason));
  keeper.on("ended", ({ session, end }) => ended(books, session, end));
  keeper.on("memory", ({ level }) => {
    books.world.memoryLevel = level;
  });
}

function opened(books: Books, { id, kind }: Session): void {
  const { counts, plan } = books.world;
  counts.opened += 1;
  if (kind === "admin") counts.admins += 1;
  if (plan.tickMs < 500) counts.fineTicks += 1;
  const model = books.sessionOf(id, "SES1");
  if (model.phase !== "recording") books.violated("SES1", `${id} opened twice or without a hello`);
  model.isOpened = true;
  books.alive(model.wire);
  books.userActive(model);
  if (!books.world.ledger.open.has(id)) books.violated("LED1", `${id} opened before that was durable`);
}

function attached(books: Books, session: Session, resumed: boolean): void {
  const model = books.sessionOf(session.id, "SES5");
  const wire = session.socket as WireFacts;
  const expected = resumed ? model.phase === "open" || model.phase === "suspended" : model.phase === "recording";
  if (!expected) books.violated("SES5", `${model.id} was attached while it was ${model.phase}`);
  if (model.phase === "suspended") model.resumedMs = books.nowMs;
  if (resumed) takeOver(books, model, wire);
  model.phase = "open";
  model.attachedMs = books.nowMs;
  model.misses = 0;
  model.wasDriven ||= wire.driven;
  model.lossVerdict = null;
  model.receivedCode = null;
  if (!resumed) model.warnedMs = -1;
  model.token = null;
  model.lossReason = null;
  books.alive(wire);
}

function takeOver(books: Books, model: SessionModel, wire: WireFacts): void {
  const older = model.wire;
  books.world.counts.resumed += 1;
  if (model.phase === "open" && !older.closedByServer)
    books.violated("SES3", `the older connection of ${model.id} was left open`);
  books.forget(wire.model);
  model.wire = wire;
  wire.model = model;
}

function suspended(books: Books, { id }: Session, reason: EndReason): void {
  const model = books.sessionOf(id, "SES5");
  // A listener of `opened` may break the socket before `attached` is emitted.
  if (model.phase === "recording" && model.isOpened) model.phase = "open";
  if (model.phase !== "open") books.violated("SES5", `${id} was suspended while it was ${model.phase}`);
  judge(books, model, reason);
  model.phase = "suspended";
  model.suspendedMs = books.nowMs;
  model.lastMisses = model.misses;
  model.lossVerdict = verdictMoment(books.world);
  model.graceMs = books.world.settings.current.resumeGraceMs;
  model.lossReason = reason;
  if (model.graceMs === 0) books.violated("SES5", `${id} was suspended although no grace is given`);
}

function ending(books: Books, { id }: Session, reason: EndReason): void {
  books.world.unsettled = true;
  const model = books.sessionOf(id, "SES2");
  if (model.phase === "ending" || model.phase === "over") books.violated("SES2", `${id} ended twice`);
  judge(books, model, reason);
  if (model.phase !== "suspended") model.lastMisses = model.misses;
  model.endingVerdict = verdictMoment(books.world);
  model.phase = "ending";
  model.endingMs = books.nowMs;
  model.endReason = reason;
}

function ended(books: Books, { id }: Session, record: SessionEnd): void {
  const { ledger, counts } = books.world;
  const model = books.sessionOf(id, "SES2");
  if (model.phase !== "ending") books.violated("SES2", `${id} ended without ending, or twice`);
  if (!ledger.closed.has(id)) books.violated("LED1", `${id} was reported as ended before that was durable`);
  const objection = objectionToRecord(books.world, model, record);
  if (objection !== null) books.violated(objection.rule, `${id} (${record.reason}): ${objection.what}`);
  counts.ends.set(record.reason, (counts.ends.get(record.reason) ?? 0) + 1);
  books.forget(model);
}

function judge(books: Books, model: SessionModel, reason: EndReason): void {
  const objection = objectionTo(books.world, model, reason);
  if (objection !== null) books.violated(objection.rule, `${model.id} ended as ${reason}, but ${objection.what}`);
}
