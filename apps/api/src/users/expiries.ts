/**
 * Ends sessions whose identity has expired (rule WHO3). Some time before, the client is asked for a fresh token. One timer and one set per
 * second serve all sessions; times are on a monotonic clock, so that a jump of the wall clock ends nobody.
 */
import type { Session, SessionKeeper } from "@lastbeat/core";
import type { Guarded } from "../guarded.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";

/** How long before the end a client is asked, at most; half the time that is left if that is less. */
const ASK_BEFORE_MS = 60_000;
/** How long after the end a fresh token is still awaited. */
export const EXPIRY_GRACE_MS = 10_000;
const EVERY_MS = 1_000;

interface Expiry {
  readonly session: Session;
  readonly atMs: number;
  asked: boolean;
  slot: number;
}

export class Expiries {
  readonly #keeper: SessionKeeper;
  readonly #guarded: Guarded;
  readonly #bySession = new Map<string, Expiry>();
  /** By the second in which something is due. */
  readonly #slots = new Map<number, Set<Expiry>>();
  readonly #unfollow: () => void;
  #timer: NodeJS.Timeout | undefined;
  #checkedSlot = slotOf(performance.now());

  constructor(keeper: SessionKeeper, guarded: Guarded) {
    this.#keeper = keeper;
    this.#guarded = guarded;
    this.#unfollow = keeper.on("ending", ({ session }) => this.forget(session.id));
  }

  /** The session's identity is known for this long, instead of what was known before; `null` for ever. */
  set(session: Session, forMs: number | null): void {
    this.forget(session.id);
    if (forMs === null || session.state === "ended" || session.state === "ending") return;
    const nowMs = performance.now();
    const expiry: Expiry = { session, atMs: nowMs + forMs, asked: false, slot: 0 };
    this.#bySession.set(session.id, expiry);
    this.#put(expiry, nowMs + forMs - Math.min(ASK_BEFORE_MS, forMs / 2));
    this.#timer ??= setInterval(() => this.#guarded("check expiries", () => this.check(performance.now())), EVERY_MS).unref();
  }

  forget(sessionId: string): void {
    const expiry = this.#bySession.get(sessionId);
    if (expiry === undefined) return;
    this.#bySession.delete(sessionId);
    this.#take(expiry);
    if (this.#bySession.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Does everything that is due by then. */
  check(nowMs: number): void {
    const slot = slotOf(nowMs);
    for (let at = this.#checkedSlot; at <= slot; at += 1) {
      for (const expiry of [...(this.#slots.get(at) ?? [])]) this.#due(expiry, nowMs);
    }
    this.#checkedSlot = slot;
  }

  close(): void {
    this.#unfollow();
    for (const id of [...this.#bySession.keys()]) this.forget(id);
  }

  #due(expiry: Expiry, nowMs: number): void {
    const { session, atMs } = expiry;
    if (nowMs >= atMs + EXPIRY_GRACE_MS) {
      this.forget(session.id);
      const detail = "the user's token expired, and no fresh one came";
      void this.#keeper.end(session.id, { reason: "unauthorized", detail });
      return;
    }
    this.#take(expiry);
    this.#put(expiry, atMs + EXPIRY_GRACE_MS);
    if (expiry.asked) return;
    expiry.asked = true;
    this.#ask(session);
  }

  /** Without a connection there is nobody to ask: the next hello comes with a token. */
  #ask(session: Session): void {
    const expiry = this.#bySession.get(session.id);
    if (expiry === undefined || !isPushSocket(session.socket)) return;
    const expiresInMs = Math.max(0, Math.round(expiry.atMs - performance.now()));
    session.socket.push(encodePush({ type: "token_expiring", expiresInMs }));
  }

  #put(expiry: Expiry, dueMs: number): void {
    // A slot that was checked already is never looked at again.
    expiry.slot = Math.max(Math.ceil(dueMs / EVERY_MS), this.#checkedSlot + 1);
    const slot = this.#slots.get(expiry.slot) ?? new Set();
    slot.add(expiry);
    this.#slots.set(expiry.slot, slot);
  }

  #take(expiry: Expiry): void {
    const slot = this.#slots.get(expiry.slot);
    slot?.delete(expiry);
    if (slot?.size === 0) this.#slots.delete(expiry.slot);
  }
}

const slotOf = (nowMs: number) => Math.floor(nowMs / EVERY_MS);
