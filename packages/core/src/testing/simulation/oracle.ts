/** Stands between the simulated clients and the keeper, keeps its own books of what happened, and objects to what must not. */
import type { Hello, HelloResult, Session, SessionKeeper } from "../../keeperTypes.ts";
import type { EndedRecord, LedgerEvent, SessionEvent } from "../../ledger/events.ts";
import type { EndReason } from "../../session/endReason.ts";
import { lossByClose } from "../../tiers/socket.ts";
import { objectionToRecord } from "./endRecords.ts";
import { expectHello, type HelloExpectation, mayTurnAway } from "./expectations.ts";
import type { SessionModel } from "./sessionModel.ts";
import type { LedgerWatcher } from "./simulatedLedger.ts";
import { objectionTo } from "./verdicts.ts";
import type { Wire } from "./wire.ts";
import type { Violation, World } from "./world.ts";

export class Oracle implements LedgerWatcher {
  /** The first thing that must not have happened. */
  violation: Violation | null = null;
  #world!: World;

  /** Begins to watch. */
  watch(world: World): void {
    this.#world = world;
    this.#listen(world.keeper);
  }

  violated(rule: string, what: string): void {
    this.violation ??= { rule, what };
  }

  get #nowMs(): number {
    return this.#world.engine.observed.nowMs;
  }

  // What reaches the server.

  accepted(wire: Wire): void {
    const { held, counts } = this.#world;
    counts.connections += 1;
    held.set(wire.address, (held.get(wire.address) ?? 0) + 1);
  }

  turnedAway(wire: Wire): void {
    this.#world.counts.refused += 1;
    wire.isRefused = true;
    this.#world.closing.delete(wire);
    if (!wire.closedByServer) this.violated("SES4", "a socket was refused without being closed");
    if (!mayTurnAway(this.#world, wire)) this.violated("SES4", `a connection from ${wire.address} was refused for no cause`);
  }

  hello(wire: Wire, hello: Hello): void {
    const { model } = wire;
    const expected = expectHello(this.#world, wire, hello);
    let answer!: Promise<HelloResult>;
    this.#act(wire, ["protocol_error"], () => {
      answer = wire.connection.hello(hello);
    });
    if (model.phase === "connecting" && (expected === "accept" || expected === "either")) {
      const isReserved = this.#world.engine.registry.get(model.id) !== undefined;
      if (isReserved) this.#recording(model);
    }
    this.#world.unsettled = true;
    void answer.then((result) => this.#helloAnswered(wire, { model, expected, result }));
  }

  received(wire: Wire, bytes: number, does: "nothing" | "activity"): void {
    const { model } = wire;
    const expected = this.#isInCharge(wire);
    if (expected) this.#alive(wire);
    let taken = false;
    const beforeHello = model.phase === "connecting" || model.phase === "recording";
    this.#act(wire, beforeHello ? ["protocol_error"] : [], () => {
      taken = wire.connection.received(bytes);
    });
    if (!beforeHello && taken !== expected) this.violated("SES3", `a frame for ${model.id} was ${taken ? "taken" : "dropped"}`);
    if (!expected || does === "nothing") return;
    wire.connection.session?.touch();
    this.userActive(model);
  }

  ponged(wire: Wire): void {
    if (this.#isInCharge(wire) && wire.model.misses > 0) wire.transportAnswered = true;
    wire.connection.ponged();
  }

  closed(wire: Wire, code: number): void {
    this.#losing(wire, lossByClose(code, "").reason, () => wire.connection.closed(code, ""));
    this.socketGone(wire);
  }

  failed(wire: Wire): void {
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#losing(wire, "connection_lost", () => wire.connection.failed(error));
  }

  goodbye(wire: Wire): void {
    this.#losing(wire, "client_left", () => wire.connection.goodbye());
  }

  violatedByClient(wire: Wire): void {
    this.#losing(wire, "protocol_error", () => wire.connection.violated("nonsense"));
  }

  // What the keeper asks of a socket.

  beatSent(wire: Wire): void {
    const { engine, settings } = this.#world;
    const { beat, model } = wire;
    if (!this.#isInCharge(wire)) this.violated("SES3", `a heartbeat went to a connection that ${model.id} left behind`);
    if (beat !== null && !beat.answered && beat.pauses === engine.observed.pauses && this.#nowMs < beat.sentMs + beat.limitMs)
      this.violated("HB3", `${model.id} was sent a heartbeat before its last one was overdue`);
    const limitMs = settings.current.heartbeatPongTimeoutMs;
    wire.beat = { sentMs: this.#nowMs, limitMs, pauses: engine.observed.pauses, answered: false };
  }

  idleWarned(wire: Wire, endsInMs: number): void {
    wire.model.warnedMs = this.#nowMs;
    wire.model.promisedMs = endsInMs;
  }

  dataSent(wire: Wire): void {
    const { model, bufferedBytes } = wire;
    if (this.#isInCharge(wire) && bufferedBytes > this.#world.settings.current.maxBufferedBytes)
      this.violated("CLT1", `${bufferedBytes} bytes wait for ${model.id} and it goes on`);
  }

  closedByServer(wire: Wire): void {
    const { model } = wire;
    if (!wire.gone) this.#world.closing.set(wire, this.#nowMs);
    if (model.phase === "connecting" && model.wire === wire) this.#over(model);
  }

  socketGone(wire: Wire): void {
    if (wire.gone) return;
    wire.gone = true;
    const { held, closing } = this.#world;
    closing.delete(wire);
    const left = (held.get(wire.address) ?? 0) - 1;
    if (left > 0) held.set(wire.address, left);
    else held.delete(wire.address);
    if (wire.model.phase === "connecting") this.#over(wire.model);
  }

  /** The user did something, or work that kept the session busy is done. */
  userActive(model: SessionModel): void {
    if (model.phase === "ending" || model.phase === "over") return;
    model.activeMs = this.#nowMs;
    model.warnedMs = -1;
  }

  // What the keeper writes down.

  event({ sessionId, event }: LedgerEvent): void {
    const model = sessionId === null ? undefined : this.#world.sessions.get(sessionId);
    if (event.type === "suspect") this.#suspected(model, event);
    if (event.type === "refuted") this.#refuted(model, event.misses);
  }

  #suspected(model: SessionModel | undefined, { miss, maxFailures }: Extract<SessionEvent, { type: "suspect" }>): void {
    const beat = model?.wire.beat ?? null;
    if (model === undefined || beat === null || model.phase !== "open")
      return this.violated("HB3", "a beat that was not sent was missed");
    const { engine, settings, counts } = this.#world;
    counts.suspected += 1;
    model.misses += 1;
    if (model.misses === 1) model.wire.transportAnswered = false;
    if (beat.answered) this.violated("HB2", `${model.id} answered, and a miss was counted`);
    if (this.#nowMs - beat.sentMs < beat.limitMs) this.violated("HB6", `${model.id} was judged under a shorter limit`);
    if (beat.pauses !== engine.observed.pauses) this.violated("TIM3", `${model.id} was blamed for the server's pause`);
    if (!model.wire.ill) this.violated("HB3", `${model.id} was suspected although its client is healthy`);
    if (miss !== model.misses || maxFailures !== settings.current.heartbeatMaxFailures)
      this.violated("HB3", `miss ${model.misses} of ${model.id} was written as ${miss}/${maxFailures}`);
  }

  #refuted(model: SessionModel | undefined, misses: number): void {
    if (model === undefined || misses === 0 || misses !== model.misses || model.lifeMs !== this.#nowMs)
      this.violated("HB4", "a suspicion was refuted that was none, or by nothing");
    if (model === undefined) return;
    this.#world.counts.refuted += 1;
    model.misses = 0;
    model.wire.transportAnswered = false;
  }

  // What the keeper tells its listeners.

  #listen(keeper: SessionKeeper): void {
    keeper.on("opened", ({ session }) => this.#opened(session));
    keeper.on("attached", ({ session, resumed }) => this.#attached(session, resumed));
    keeper.on("suspended", ({ session, reason }) => this.#suspended(session, reason));
    keeper.on("ending", ({ session, reason }) => this.#ending(session, reason));
    keeper.on("ended", ({ session, record }) => this.#ended(session, record));
  }

  #opened({ id }: Session): void {
    this.#world.counts.opened += 1;
    if (this.#modelOf(id, "SES1").phase !== "recording") this.violated("SES1", `${id} opened twice or without a hello`);
    if (!this.#world.ledger.open.has(id)) this.violated("LED1", `${id} opened before that was durable`);
  }

  #attached(session: Session, resumed: boolean): void {
    const model = this.#modelOf(session.id, "SES5");
    const wire = session.socket as Wire;
    const expected = resumed ? model.phase === "open" || model.phase === "suspended" : model.phase === "recording";
    if (!expected) this.violated("SES5", `${model.id} was attached while it was ${model.phase}`);
    if (resumed) this.#takeOver(model, wire);
    model.phase = "open";
    model.attachedMs = this.#nowMs;
    model.misses = 0;
    model.warnedMs = -1;
    model.token = null;
    model.lossReason = null;
    this.#alive(wire);
  }

  #takeOver(model: SessionModel, wire: Wire): void {
    const older = model.wire;
    this.#world.counts.resumed += 1;
    if (model.phase === "open" && !older.closedByServer)
      this.violated("SES3", `the older connection of ${model.id} was left open`);
    this.#forget(wire.model);
    model.wire = wire;
    wire.model = model;
  }

  #suspended({ id }: Session, reason: EndReason): void {
    const model = this.#modelOf(id, "SES5");
    if (model.phase !== "open") this.violated("SES5", `${id} was suspended while it was ${model.phase}`);
    this.#judge(model, reason);
    model.phase = "suspended";
    model.suspendedMs = this.#nowMs;
    model.graceMs = this.#world.settings.current.resumeGraceMs;
    model.lossReason = reason;
    if (model.graceMs === 0) this.violated("SES5", `${id} was suspended although no grace is given`);
  }

  #ending({ id }: Session, reason: EndReason): void {
    this.#world.unsettled = true;
    const model = this.#modelOf(id, "SES2");
    if (model.phase === "ending" || model.phase === "over") this.violated("SES2", `${id} ended twice`);
    this.#judge(model, reason);
    model.phase = "ending";
    model.endingMs = this.#nowMs;
    model.endReason = reason;
  }

  #ended({ id }: Session, record: EndedRecord): void {
    const { ledger, counts } = this.#world;
    const model = this.#modelOf(id, "SES2");
    if (model.phase !== "ending") this.violated("SES2", `${id} ended without ending, or twice`);
    if (!ledger.closed.has(id)) this.violated("LED1", `${id} was reported as ended before that was durable`);
    const objection = objectionToRecord(this.#world, model, record);
    if (objection !== null) this.violated(objection.rule, `${id} (${record.reason}): ${objection.what}`);
    counts.ends.set(record.reason, (counts.ends.get(record.reason) ?? 0) + 1);
    this.#forget(model);
  }

  #judge(model: SessionModel, reason: EndReason): void {
    const objection = objectionTo(this.#world, model, reason);
    if (objection !== null) this.violated(objection.rule, `${model.id} ended as ${reason}, but ${objection.what}`);
  }

  // The books.

  #isInCharge(wire: Wire): boolean {
    return wire.model.wire === wire && wire.model.phase === "open" && !wire.closedByServer;
  }

  #alive(wire: Wire): void {
    const { model } = wire;
    model.lifeMs = this.#nowMs;
    model.pausesAtLife = this.#world.engine.observed.pauses;
    model.lateTicksAtLife = this.#world.counts.lateTicks;
    if (wire.beat !== null) wire.beat.answered = true;
    if (wire.condition === "well" && wire.lossRate === 0) wire.ill = false;
  }

  #act(wire: Wire, reasons: readonly EndReason[], act: () => void): void {
    if (wire.model.wire === wire) wire.model.during(reasons, act);
    else act();
  }

  /** Does something after which a session cannot go on over this connection. */
  #losing(wire: Wire, reason: EndReason, act: () => void): void {
    const { model } = wire;
    const wasInCharge = this.#isInCharge(wire);
    this.#act(wire, [reason], act);
    if (wasInCharge && model.phase === "open") this.violated("SOC1", `${model.id} goes on without its connection (${reason})`);
  }

  #recording(model: SessionModel): void {
    model.phase = "recording";
    this.#world.sessions.set(model.id, model);
    model.openedMs = this.#nowMs;
    model.activeMs = this.#nowMs;
  }

  #helloAnswered(
    wire: Wire,
    { model, expected, result }: { model: SessionModel; expected: HelloExpectation; result: HelloResult },
  ): void {
    if (!result.accepted) {
      const lostMeanwhile = model.phase === "ending" || model.phase === "over";
      if ((expected === "accept" || expected === "resume") && !lostMeanwhile)
        this.violated("SES4", `the hello of ${model.id} was refused: ${result.refusal.detail}`);
      if (model.phase === "recording" || (model.phase === "ending" && !this.#world.ledger.hasOpened(model.id))) this.#over(model);
      return;
    }
    if (expected === "refuse") this.violated("SES4", `a hello for ${result.session.id} was accepted`);
    if (!this.#world.ledger.hasOpened(result.session.id)) this.violated("LED1", `${result.session.id} was welcomed too early`);
    const current = wire.model;
    if (current.wire === wire && current.phase === "open") current.token = result.welcome.resumeToken;
    const claim = { sessionId: result.session.id, token: result.welcome.resumeToken };
    this.#world.network.toClient(wire.client.wayMs, () => {
      if (wire.condition !== "cut") wire.client.claim = claim;
    });
  }

  #modelOf(id: string, rule: string): SessionModel {
    const model = this.#world.sessions.get(id);
    if (model !== undefined) return model;
    this.violated(rule, `${id} is over, and something happened to it`);
    throw new Error(`${id} is not in the books`);
  }

  /** A connection that never became a session. */
  #over(model: SessionModel): void {
    this.#world.counts.refused += 1;
    this.#forget(model);
  }

  #forget(model: SessionModel): void {
    model.phase = "over";
    this.#world.models.delete(model);
    if (this.#world.sessions.get(model.id) === model) this.#world.sessions.delete(model.id);
  }
}
