/** The simulation's model of what happened, updated from what it did itself, and the first violation found. */
import { pausesNoticed } from "./evidence.ts";
import type { Moment, SessionModel, WireFacts } from "./sessionModel.ts";
import type { Violation, World } from "./world.ts";

/** How often the ledger must have refused an end before the keeper may give up; rule LED1. */
const TRIES = 30;

/** Longer round trips are recorded as this, milliseconds. */
const LONGEST_MS = 65_531;

export class Books {
  /** The first violation. */
  violation: Violation | null = null;
  world!: World;

  violated(rule: string, what: string): void {
    this.violation ??= { rule, what };
  }

  /** Observed time. */
  get nowMs(): number {
    return this.world.engine.observed.nowMs;
  }

  /** The current moment, as precisely as the keeper knows it. */
  get moment(): Moment {
    const { clock, engine } = this.world;
    return { fromMs: engine.monoMs, toMs: clock.monotonicMs() };
  }

  isInCharge(wire: WireFacts): boolean {
    return wire.model.wire === wire && wire.model.phase === "open" && !wire.closedByServer;
  }

  /** An application frame arrived on the current connection. */
  alive(wire: WireFacts): void {
    const { model } = wire;
    model.lifeMs = this.nowMs;
    model.lifeAt = this.moment;
    model.pausesAtLife = this.world.engine.observed.pauses;
    model.lateTicksAtLife = this.world.counts.lateTicks;
    if (wire.beat !== null && wire.beat.answeredMs === null) {
      wire.beat.answeredMs = this.nowMs;
      const roundTripMs = Math.round(this.world.clock.monotonicMs() - wire.beat.sentMonoMs);
      model.keepBeat(Math.min(LONGEST_MS, roundTripMs));
    }
    wire.renewals = 0;
    if (wire.condition === "well" && wire.lossRate === 0) wire.ill = false;
  }

  /** The user was active, or work that kept the session busy ended. */
  userActive(model: SessionModel): void {
    if (model.phase === "ending" || model.phase === "over") return;
    model.activeMs = this.nowMs;
    model.activeAt = this.moment;
    model.warnedMs = -1;
  }

  /** Its hello was accepted; its opening is being recorded. */
  recording(model: SessionModel, hasUsedId: boolean): void {
    model.phase = "recording";
    model.hasUsedId = hasUsedId;
    this.world.sessions.set(model.id, model);
    model.openedMs = this.nowMs;
    model.activeMs = this.nowMs;
    model.lifeMs = this.nowMs;
    model.activeAt = this.moment;
    model.lifeAt = this.moment;
    const { pauses, pausedMs } = pausesNoticed(this.world);
    model.pausesAtOpening = pauses;
    model.pausedMsAtOpening = pausedMs;
  }

  /** The session with this id, which must not be over. */
  sessionOf(id: string, rule: string): SessionModel {
    const model = this.world.sessions.get(id);
    if (model !== undefined) return model;
    this.violated(rule, `${id} is over, but an event was emitted for it`);
    throw new Error(`${id} is not in the model`);
  }

  /** A connection was refused and never became a session. */
  turnedDown(model: SessionModel): void {
    this.world.counts.refused += 1;
    this.forget(model);
  }

  /** The keeper gave up recording an end that the ledger kept refusing; it reports this only in the log. */
  givenUp(id: string): void {
    const { ledger, unrecorded } = this.world;
    const model = this.sessionOf(id, "LED1");
    if (model.phase !== "ending" || ledger.refusals(id) < TRIES)
      this.violated("LED1", `${id} was given up after ${ledger.refusals(id)} refusals while it was ${model.phase}`);
    unrecorded.add(id);
    this.world.counts.unrecorded += 1;
    this.forget(model);
  }

  /** Removes sessions that ended without ever being opened, for which no event is emitted. */
  forgetUnopened(): void {
    const { unopened, engine } = this.world;
    for (const model of unopened) {
      if (engine.registry.get(model.id)?.state.name === "ending") continue;
      unopened.delete(model);
      this.turnedDown(model);
    }
  }

  forget(model: SessionModel): void {
    model.phase = "over";
    this.world.models.delete(model);
    if (this.world.sessions.get(model.id) === model) this.world.sessions.delete(model.id);
  }
}
