/** The connection state machine as a pure function. */
import type { HeartbeatTerms } from "../protocol/notice.ts";
import { type BackoffTerms, backoffMs } from "./backoff.ts";
import { type EndingAdvice, judgeClose } from "./closePolicy.ts";
import type { Attached, ConnectionState, Loss, Overdue } from "./connectionState.ts";
import { giveUpAtMs } from "./silence.ts";

export type ConnectionEvent =
  /** Connect: for the first time, after an end, or now instead of later. */
  | { readonly type: "start" }
  | { readonly type: "welcomed"; readonly terms: HeartbeatTerms; readonly drives: boolean }
  | { readonly type: "terms"; readonly terms: HeartbeatTerms }
  | { readonly type: "heard" }
  /** A hint that the network may have changed; never proof. */
  | { readonly type: "hint"; readonly online: boolean }
  | { readonly type: "advised"; readonly advice: EndingAdvice }
  | { readonly type: "closed"; readonly code: number; readonly reason: string }
  /** The state's deadline has passed; noticed `lateMs` late. */
  | { readonly type: "due"; readonly lateMs: number }
  | { readonly type: "left" };

export type ConnectionEffect = "open" | "probe" | "abandon" | "forget_ticket";

export interface StepContext {
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  /** Whether there is a resume ticket. */
  readonly hasTicket: boolean;
  readonly timing: ConnectionTiming;
}

export interface ConnectionTiming {
  /** How long opening the socket and the hello may take together. */
  readonly connectTimeoutMs: number;
  readonly backoff: BackoffTerms;
  /** Losing a connection that lasted this long resets the back-off. */
  readonly stableAfterMs: number;
  /**
   * A timer later than this means that the page was paused, with input possibly still unread, or that its timers are throttled.
   */
  readonly pauseMs: number;
  /** The minimum time that such a page gets to read pending input before an overdue deadline is judged. */
  readonly settleMs: number;
}

export const defaultTiming: ConnectionTiming = {
  connectTimeoutMs: 15_000,
  backoff: { baseMs: 1_000, capMs: 30_000 },
  stableAfterMs: 10_000,
  pauseMs: 1_000,
  settleMs: 2_000,
};

export interface Step {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

/** Decides what an event does. An event with no meaning in a state leaves it unchanged. */
export function stepConnection(state: ConnectionState, event: ConnectionEvent, context: StepContext): Step {
  switch (state.name) {
    case "idle":
    case "ended":
      return event.type === "start" ? connect(0, null, context) : stay(state);
    case "connecting":
      return stepConnecting(state, event, context);
    case "connected":
      return stepConnected(state, event, context);
    case "checking":
      return stepChecking(state, event, context);
    case "waiting":
      return stepWaiting(state, event, context);
  }
}

type In<Name extends ConnectionState["name"]> = Extract<ConnectionState, { name: Name }>;

function stepConnecting(state: In<"connecting">, event: ConnectionEvent, context: StepContext): Step {
  switch (event.type) {
    case "welcomed": {
      const { nowMs } = context;
      const { type: _, ...welcome } = event;
      return go({ name: "connected", attempt: state.attempt, sinceMs: nowMs, heardAtMs: nowMs, ...welcome, advice: null });
    }
    case "advised":
      return go({ ...state, advice: event.advice });
    case "closed": {
      const verdict = judgeClose(event.code, event.reason, state.advice);
      // The ticket's session is gone, but the user can still open a new one.
      if (state.resuming && verdict.reason === "unauthorized") {
        return withEffect("forget_ticket", connect(state.attempt, state.lostBy, { ...context, hasTicket: false }));
      }
      return afterClose(event, state.advice, { context, attempt: state.attempt, trying: state });
    }
    case "due":
      if (event.lateMs > context.timing.pauseMs && !state.overdue) {
        return go({ ...state, overdue: true, giveUpAtMs: context.nowMs + context.timing.settleMs });
      }
      return withEffect("abandon", wait({ cause: "no_answer" }, null, { context, attempt: state.attempt, trying: state }));
    case "left":
      return leave();
    default:
      return stay(state);
  }
}

function stepConnected(state: In<"connected">, event: ConnectionEvent, context: StepContext): Step {
  const { nowMs, timing } = context;
  const attached = attachedOf(state);
  switch (event.type) {
    case "heard":
      return go({ ...state, heardAtMs: nowMs });
    case "hint":
      return check("hint", soonGivenUpMs(state, context), attached);
    case "due":
      if (event.lateMs <= timing.pauseMs) return check("silence", giveUpAtMs(state.heardAtMs, state.terms), attached);
      return check("pause", soonGivenUpMs(state, context), { ...attached, overdue: true });
    default:
      return stepAttached(state, event, context);
  }
}

function stepChecking(state: In<"checking">, event: ConnectionEvent, context: StepContext): Step {
  const { nowMs, timing } = context;
  switch (event.type) {
    case "heard":
      return go({ name: "connected", ...attachedOf(state), heardAtMs: nowMs });
    case "due":
      if (event.lateMs > timing.pauseMs && !state.overdue) {
        return go({ ...state, why: "pause", overdue: true, giveUpAtMs: nowMs + timing.settleMs });
      }
      return withEffect("abandon", wait({ cause: "silent" }, null, { context, attempt: nextAttempt(state, context) }));
    default:
      return stepAttached(state, event, context);
  }
}

function attachedOf({ attempt, sinceMs, heardAtMs, terms, drives, advice }: Attached): Attached {
  return { attempt, sinceMs, heardAtMs, terms, drives, advice };
}

/** The events that have the same effect in `connected` and `checking`. */
function stepAttached(state: In<"connected" | "checking">, event: ConnectionEvent, context: StepContext): Step {
  switch (event.type) {
    case "terms":
      return go({ ...state, terms: event.terms });
    case "advised":
      return go({ ...state, advice: event.advice });
    case "closed":
      return afterClose(event, state.advice, { context, attempt: nextAttempt(state, context) });
    case "left":
      return leave();
    default:
      return stay(state);
  }
}

function stepWaiting(state: In<"waiting">, event: ConnectionEvent, context: StepContext): Step {
  const lostBy = state.wasConnected ? state.loss : null;
  switch (event.type) {
    case "start":
    case "due":
      return connect(state.attempt, lostBy, context);
    case "hint":
      return event.online && !state.advised ? connect(state.attempt, lostBy, context) : stay(state);
    case "left":
      return end({ cause: "left" });
    default:
      return stay(state);
  }
}

function connect(attempt: number, lostBy: Loss | null, { nowMs, hasTicket, timing }: StepContext): Step {
  const giveUp = nowMs + timing.connectTimeoutMs;
  return {
    state: { name: "connecting", attempt, resuming: hasTicket, giveUpAtMs: giveUp, advice: null, lostBy },
    effects: ["open"],
  };
}

/**
 * When to give up a connection in doubt: one pong timeout from now, or at the bound since the last frame if that is sooner; but
 * not before pending input has had time to be read.
 */
function soonGivenUpMs({ heardAtMs, terms }: Attached, { nowMs, timing }: StepContext): number {
  return Math.max(nowMs + timing.settleMs, Math.min(nowMs + terms.pongTimeoutMs, giveUpAtMs(heardAtMs, terms)));
}

function check(why: In<"checking">["why"], giveUp: number, attached: Attached & { readonly overdue?: Overdue }): Step {
  return { state: { name: "checking", why, giveUpAtMs: giveUp, ...attached }, effects: ["probe"] };
}

/** The failures that the back-off counts when a connection is lost: 0 if the connection lasted long enough. */
function nextAttempt(state: Attached, { nowMs, timing }: StepContext): number {
  return nowMs - state.sinceMs >= timing.stableAfterMs ? 0 : state.attempt;
}

interface Losing {
  readonly context: StepContext;
  readonly attempt: number;
  /** The attempt that failed; absent when an established connection was lost. */
  readonly trying?: In<"connecting">;
}

function afterClose(closed: { code: number; reason: string }, advice: EndingAdvice | null, losing: Losing): Step {
  const verdict = judgeClose(closed.code, closed.reason, advice);
  const loss: Loss = { cause: "closed", code: closed.code, reason: verdict.reason };
  return verdict.reconnect ? wait(loss, verdict.retryAfterMs, losing) : end(loss);
}

function wait(loss: Loss, retryAfterMs: number | null, { context, attempt, trying }: Losing): Step {
  const { nowMs, random, timing } = context;
  const delayMs = retryAfterMs ?? backoffMs(attempt, random, timing.backoff);
  return go({
    name: "waiting",
    attempt: attempt + 1,
    sinceMs: nowMs,
    retryAtMs: nowMs + delayMs,
    advised: retryAfterMs !== null,
    // The original loss is kept: a restart remains the reason, whatever early attempts run into.
    loss: trying?.lostBy ?? loss,
    lastTry: trying?.lostBy ? loss : null,
    wasConnected: trying?.lostBy !== null,
  });
}

function leave(): Step {
  return end({ cause: "left" }, "abandon");
}

function end(loss: Loss, ...more: readonly ConnectionEffect[]): Step {
  return { state: { name: "ended", loss }, effects: ["forget_ticket", ...more] };
}

function go(state: ConnectionState): Step {
  return { state, effects: [] };
}

const stay = go;

function withEffect(effect: ConnectionEffect, { state, effects }: Step): Step {
  return { state, effects: [effect, ...effects] };
}
