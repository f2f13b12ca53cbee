/** The simulation's own account of what happened, and the first objection to it. */
import type { SessionModel } from "./sessionModel.ts";
import type { Wire } from "./wire.ts";
import type { Violation, World } from "./world.ts";

export class Books {
  /** The first thing that must not have happened. */
  violation: Violation | null = null;
  world!: World;

  violated(rule: string, what: string): void {
    this.violation ??= { rule, what };
  }

  /** Observed time. */
  get nowMs(): number {
    return this.world.engine.observed.nowMs;
  }

  isInCharge(wire: Wire): boolean {
    return wire.model.wire === wire && wire.model.phase === "open" && !wire.closedByServer;
  }

  /** An application frame of the connection in charge arrived. */
  alive(wire: Wire): void {
    const { model } = wire;
    model.lifeMs = this.nowMs;
    model.pausesAtLife = this.world.engine.observed.pauses;
    model.lateTicksAtLife = this.world.counts.lateTicks;
    if (wire.beat !== null) wire.beat.answeredMs ??= this.nowMs;
    wire.renewals = 0;
    if (wire.condition === "well" && wire.lossRate === 0) wire.ill = false;
  }

  /** The user did something, or work that kept the session busy is done. */
  userActive(model: SessionModel): void {
    if (model.phase === "ending" || model.phase === "over") return;
    model.activeMs = this.nowMs;
    model.warnedMs = -1;
  }

  /** Its hello was accepted; its opening is on the way to the ledger. */
  recording(model: SessionModel, hasUsedId: boolean): void {
    model.phase = "recording";
    model.hasUsedId = hasUsedId;
    this.world.sessions.set(model.id, model);
    model.openedMs = this.nowMs;
    model.activeMs = this.nowMs;
  }

  /** The session of this id, which must not be over. */
  sessionOf(id: string, rule: string): SessionModel {
    const model = this.world.sessions.get(id);
    if (model !== undefined) return model;
    this.violated(rule, `${id} is over, and something happened to it`);
    throw new Error(`${id} is not in the books`);
  }

  /** A connection that never became a session. */
  turnedDown(model: SessionModel): void {
    this.world.counts.refused += 1;
    this.forget(model);
  }

  forget(model: SessionModel): void {
    model.phase = "over";
    this.world.models.delete(model);
    if (this.world.sessions.get(model.id) === model) this.world.sessions.delete(model.id);
  }
}
