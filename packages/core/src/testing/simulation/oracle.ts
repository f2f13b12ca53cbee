/** Sits between the simulated clients and the keeper: forwards their actions, and checks the outcome against the model. */
import type { Hello, HelloResult, Session } from "../../keeper/types.ts";
import type { LedgerEvent } from "../../ports/ledger.ts";
import type { EndReason } from "../../protocol/endReason.ts";
import { lossByClose } from "../../rules/socketLoss.ts";
import { Books } from "./books.ts";
import { expectHello, type HelloExpectation, mayRefuse } from "./expectations.ts";
import { judgeBeat, judgeLedgerEvent } from "./heartbeatJudge.ts";
import { watchLifecycle } from "./lifecycleWatch.ts";
import type { SessionModel, WireFacts } from "./sessionModel.ts";
import type { LedgerWatcher } from "./simulatedLedger.ts";
import type { World } from "./world.ts";

export class Oracle extends Books implements LedgerWatcher {
  /** Gives a resource to a session whose opening is still being recorded. */
  give: (to: { readonly session: Session; readonly model: SessionModel }) => void = () => {};

  /** Starts watching. */
  watch(world: World): void {
    this.world = world;
    watchLifecycle(this, world.keeper);
  }

  event(event: LedgerEvent): void {
    if (this.world.isClosed) this.violated("SES7", `${event.event.type} was written after the close`);
    judgeLedgerEvent(this, event);
  }

  endRefused(sessionId: string): void {
    const model = this.world.sessions.get(sessionId);
    if (model !== undefined) model.refusedMs = this.nowMs;
    this.world.unsettled = true;
  }

  // Events that reach the server.

  accepted(wire: WireFacts): void {
    const { held, counts } = this.world;
    counts.connections += 1;
    held.set(wire.address, (held.get(wire.address) ?? 0) + 1);
  }

  turnedAway(wire: WireFacts): void {
    this.world.counts.refused += 1;
    wire.isRefused = true;
    this.world.closing.delete(wire);
    if (!wire.closedByServer) this.violated("SES4", "a socket was refused without being closed");
    if (!mayRefuse(this.world, wire)) this.violated("SES4", `a connection from ${wire.address} was refused without cause`);
  }

  hello(wire: WireFacts, hello: Hello): void {
    const { model } = wire;
    const expected = expectHello(this.world, wire, hello);
    const isUsed = this.world.ledger.hasOpened(model.id);
    let answer!: Promise<HelloResult>;
    this.#act(wire, ["protocol_error"], () => {
      answer = wire.connection.hello(hello);
    });
    // Even an id that was used before stays reserved until the ledger refuses it.
    if (model.phase === "connecting" && (expected === "accept" || expected === "either" || isUsed)) {
      const isReserved = this.world.engine.registry.get(model.id) !== undefined && !this.world.sessions.has(model.id);
      if (isReserved) this.recording(model, isUsed);
      const { session } = wire.connection;
      // The application may give it a resource before its opening is recorded.
      if (isReserved && session !== null && this.world.random.chance(0.2)) this.give({ session, model });
    }
    this.world.unsettled = true;
    void answer.then((result) => this.#helloAnswered(wire, { model, expected, result }));
  }

  received(wire: WireFacts, bytes: number, does: "nothing" | "activity"): void {
    const { model } = wire;
    const expected = this.isInCharge(wire);
    if (expected) this.alive(wire);
    let taken = false;
    const beforeHello = model.phase === "connecting" || model.phase === "recording";
    this.#act(wire, beforeHello ? ["protocol_error"] : [], () => {
      taken = wire.connection.received(bytes);
    });
    if (!beforeHello && taken !== expected) this.violated("SES3", `a frame for ${model.id} was ${taken ? "taken" : "dropped"}`);
    if (expected && model.misses > 0) this.violated("HB4", `${model.id} answered and stays suspect`);
    if (!expected || does === "nothing") return;
    const { session } = wire.connection;
    if (session === null) return;
    // The model is updated first, because sending the withdrawal of a warning may break the socket.
    this.userActive(model);
    session.touch();
  }

  ponged(wire: WireFacts): void {
    if (this.isInCharge(wire) && wire.model.misses > 0) wire.transportAnswered = true;
    wire.connection.ponged();
  }

  closed(wire: WireFacts, code: number): void {
    const { model, gone } = wire;
    const before = model.phase;
    const { reason, receivedCode = null } = lossByClose(code, "");
    this.#losing(wire, reason, () => wire.connection.closed(code, ""));
    if (before !== "ending" && model.phase === "ending" && model.endReason === reason) model.receivedCode = receivedCode;
    const isAnswer = wire.closedByServer && (code === 1005 || code === wire.sentCode);
    if (before === "suspended" && model.wire === wire && !gone && !isAnswer && reason === "client_left") this.#mustHaveLeft(wire);
    this.socketGone(wire);
  }

  /** A goodbye must end a suspended session. */
  #mustHaveLeft({ model }: WireFacts): void {
    if (model.phase === "suspended") this.violated("SES5", `the client of ${model.id} left, and it stays suspended`);
  }

  failed(wire: WireFacts): void {
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#losing(wire, "connection_lost", () => wire.connection.failed(error));
  }

  goodbye(wire: WireFacts): void {
    const wasSuspended = wire.model.wire === wire && wire.model.phase === "suspended";
    this.#losing(wire, "client_left", () => wire.connection.goodbye());
    if (wasSuspended) this.#mustHaveLeft(wire);
  }

  violatedByClient(wire: WireFacts): void {
    this.#losing(wire, "protocol_error", () => wire.connection.violated("nonsense"));
  }

  // The keeper's calls to a socket.

  beatSent(wire: WireFacts): void {
    judgeBeat(this, wire);
  }

  idleWarned(wire: WireFacts, endsInMs: number): void {
    wire.model.warnedMs = this.nowMs;
    wire.model.promisedMs = endsInMs;
  }

  /** A keepalive was sent. */
  keptOpen(wire: WireFacts): void {
    const { model, driven } = wire;
    const sentMs = driven ? Math.max(wire.sentMs, model.lifeMs) : wire.sentMs;
    const { keepaliveMs } = this.world.settings.current;
    if (!this.isInCharge(wire)) this.violated("SOC4", `a keepalive was sent on a connection that ${model.id} has left`);
    if (keepaliveMs === 0 || this.nowMs - sentMs < keepaliveMs)
      this.violated("SOC4", `${model.id} was not silent for long enough`);
  }

  dataSent(wire: WireFacts): void {
    const { model, waiting } = wire;
    const isTooMuch = waiting > this.world.settings.current.maxBufferedBytes && !this.world.mishaps.occur;
    if (this.isInCharge(wire) && isTooMuch) this.violated("SOC3", `${waiting} bytes wait for ${model.id} and it goes on`);
  }

  closedByServer(wire: WireFacts): void {
    const { model } = wire;
    if (!wire.gone) this.world.closing.set(wire, this.nowMs);
    if (model.phase === "connecting" && model.wire === wire) this.turnedDown(model);
  }

  socketGone(wire: WireFacts): void {
    if (wire.gone) return;
    wire.gone = true;
    const { held, closing } = this.world;
    closing.delete(wire);
    const left = (held.get(wire.address) ?? 0) - 1;
    if (left > 0) held.set(wire.address, left);
    else held.delete(wire.address);
    if (wire.model.phase === "connecting") this.turnedDown(wire.model);
  }

  #act(wire: WireFacts, reasons: readonly EndReason[], act: () => void): void {
    if (wire.model.wire === wire) wire.model.during(reasons, act);
    else act();
  }

  /** Performs an action after which the session cannot continue on this connection. */
  #losing(wire: WireFacts, reason: EndReason, act: () => void): void {
    const { model } = wire;
    const wasInCharge = this.isInCharge(wire);
    this.#act(wire, [reason], act);
    if (wasInCharge && model.phase === "open") this.violated("SOC1", `${model.id} goes on without its connection (${reason})`);
  }

  #helloAnswered(
    wire: WireFacts,
    { model, expected, result }: { model: SessionModel; expected: HelloExpectation; result: HelloResult },
  ): void {
    if (!result.accepted) {
      const lostMeanwhile = model.phase === "ending" || model.phase === "over" || model.phase === "suspended";
      if ((expected === "accept" || expected === "resume") && !lostMeanwhile)
        this.violated("SES4", `the hello of ${model.id} was refused: ${result.refusal.detail}`);
      const isUnrecorded = model.hasUsedId || !this.world.ledger.hasOpened(model.id);
      if (model.phase === "recording") this.turnedDown(model);
      // It ended while its opening was being recorded, and may still be releasing its resources.
      if (model.phase === "ending" && isUnrecorded) this.world.unopened.add(model);
      return;
    }
    if (expected === "refuse") this.violated("SES4", `a hello for ${result.session.id} was accepted`);
    if (!this.world.ledger.hasOpened(result.session.id)) this.violated("LED1", `${result.session.id} was welcomed too early`);
    const current = wire.model;
    if (current.wire === wire && current.phase === "open") current.token = result.welcome.resumeToken;
    const claim = { sessionId: result.session.id, token: result.welcome.resumeToken };
    this.world.network.toClient(wire.client.wayMs, () => {
      if (wire.condition === "cut") return;
      wire.client.claim = claim;
      wire.welcomed(result.welcome.heartbeat.intervalMs);
    });
  }
}
