import { describe, expect, it } from "vitest";
import type { ConnectionState } from "./connectionState.ts";
import { type ConnectionEvent, defaultTiming, type StepContext, stepConnection } from "./connectionStep.ts";
import { heartbeatTerms as terms } from "./testing.ts";

const context: StepContext = { nowMs: 100_000, random: 0.5, hasTicket: false, timing: defaultTiming };
const idleLoss = { cause: "closed", code: 4501, reason: "idle" } as const;
const lost = { cause: "closed", code: 1006, reason: null } as const;

const connecting = { name: "connecting", attempt: 2, resuming: false, giveUpAtMs: 100_000, advice: null, lostBy: null } as const;
const attached = { attempt: 2, sinceMs: 50_000, heardAtMs: 80_000, terms, drives: false, advice: null } as const;
const connected = { name: "connected", ...attached } as const;
const checking = { name: "checking", why: "silence", giveUpAtMs: 171_000, ...attached } as const;
const lostOnce = { loss: lost, lastTry: null, wasConnected: true } as const;
const waiting = { name: "waiting", attempt: 3, sinceMs: 90_000, retryAtMs: 104_000, advised: false, ...lostOnce } as const;
const restarting = { cause: "closed", code: 1012, reason: "server_shutdown" } as const;
const ended = { name: "ended", loss: idleLoss } as const;
const advice = { reason: "server_shutdown", retry: true, retryAfterMs: 4_500 } as const;

const due: ConnectionEvent = { type: "due", lateMs: 5 };
const dueLate: ConnectionEvent = { type: "due", lateMs: 12_000 };
const close = (code: number, reason = ""): ConnectionEvent => ({ type: "closed", code, reason });

interface Row {
  readonly name: string;
  readonly from: ConnectionState;
  readonly event: ConnectionEvent;
  readonly to: object;
  readonly effects?: string[];
  readonly context?: Partial<StepContext>;
}

const opened = { name: "connecting", attempt: 0, resuming: false, giveUpAtMs: 115_000 };

const rows: Row[] = [
  { name: "starts from idle", from: { name: "idle" }, event: { type: "start" }, to: opened, effects: ["open"] },
  {
    name: "starts with a ticket",
    from: { name: "idle" },
    event: { type: "start" },
    context: { hasTicket: true },
    to: { name: "connecting", resuming: true },
    effects: ["open"],
  },
  { name: "starts again after an end", from: ended, event: { type: "start" }, to: opened, effects: ["open"] },
  { name: "stays ended on a network hint", from: ended, event: { type: "hint", online: true }, to: ended },

  {
    name: "is welcomed",
    from: connecting,
    event: { type: "welcomed", terms, drives: false },
    to: { name: "connected", attempt: 2, heardAtMs: 100_000 },
  },
  {
    name: "gives up an unanswered hello",
    from: connecting,
    event: due,
    to: { name: "waiting", attempt: 3, retryAtMs: 102_000, loss: { cause: "no_answer" } },
    effects: ["abandon"],
  },
  {
    name: "HB7 lets pending input be read before it judges a hello after its own pause",
    from: connecting,
    event: dueLate,
    to: { name: "connecting", overdue: true, giveUpAtMs: 102_000 },
  },
  {
    name: "HB7 judges a hello that is overdue, however late that is noticed",
    from: { ...connecting, overdue: true },
    event: dueLate,
    to: { name: "waiting", loss: { cause: "no_answer" } },
    effects: ["abandon"],
  },
  {
    name: "opens a new session when the ticket is refused",
    from: { ...connecting, resuming: true },
    event: close(4504, "unauthorized"),
    context: { hasTicket: true },
    to: { name: "connecting", resuming: false, attempt: 2 },
    effects: ["forget_ticket", "open"],
  },
  {
    name: "ends when refused without a ticket",
    from: connecting,
    event: close(4504, "unauthorized"),
    to: { name: "ended", loss: { cause: "closed", code: 4504, reason: "unauthorized" } },
    effects: ["forget_ticket"],
  },
  {
    name: "CLT2 waits as long as a full server asks",
    from: connecting,
    event: close(1013, "server_full retry_after_ms=8000"),
    to: { name: "waiting", retryAtMs: 108_000, advised: true },
  },
  {
    name: "CLT1 keeps the original loss while attempts to reconnect fail",
    from: { ...connecting, lostBy: restarting },
    event: close(1006),
    to: { name: "waiting", loss: restarting, lastTry: lost, wasConnected: true },
  },
  {
    name: "CLT1 keeps it when an attempt is not answered",
    from: { ...connecting, lostBy: restarting },
    event: due,
    to: { name: "waiting", loss: restarting, lastTry: { cause: "no_answer" } },
    effects: ["abandon"],
  },
  {
    name: "CLT1 retries with the original loss",
    from: { ...waiting, loss: restarting, lastTry: lost },
    event: due,
    to: { name: "connecting", lostBy: restarting },
    effects: ["open"],
  },
  {
    name: "CLT1 reports the latest attempt if there never was a connection",
    from: { ...waiting, wasConnected: false },
    event: due,
    to: { name: "connecting", lostBy: null },
    effects: ["open"],
  },
  {
    name: "CLT1 ends for the reason of a refusal, not for the original loss",
    from: { ...connecting, lostBy: restarting },
    event: close(4503, "ended_by_operator"),
    to: { name: "ended", loss: { cause: "closed", code: 4503, reason: "ended_by_operator" } },
    effects: ["forget_ticket"],
  },

  { name: "hears a frame", from: connected, event: { type: "heard" }, to: { ...connected, heardAtMs: 100_000 } },
  {
    name: "adopts new terms",
    from: connected,
    event: { type: "terms", terms: { ...terms, intervalMs: 5_000 } },
    to: { name: "connected", terms: { intervalMs: 5_000 } },
  },
  {
    name: "HB7 doubts when a beat is overdue, and gives up at the bound",
    from: connected,
    event: due,
    to: { name: "checking", why: "silence", giveUpAtMs: 171_000 },
    effects: ["probe"],
  },
  {
    name: "HB7 probes instead of judging after its own pause",
    from: connected,
    event: dueLate,
    to: { name: "checking", why: "pause", overdue: true, giveUpAtMs: 120_000 },
    effects: ["probe"],
  },
  {
    name: "HB7 gives a connection silent beyond the bound only the time to read pending input",
    from: { ...connected, heardAtMs: 1_000 },
    event: dueLate,
    to: { name: "checking", why: "pause", overdue: true, giveUpAtMs: 102_000 },
    effects: ["probe"],
  },
  {
    name: "CLT4 a hint lets pending input be read too",
    from: { ...connected, heardAtMs: 1_000 },
    event: { type: "hint", online: true },
    to: { name: "checking", why: "hint", giveUpAtMs: 102_000 },
    effects: ["probe"],
  },
  {
    name: "CLT4 an offline event only probes",
    from: connected,
    event: { type: "hint", online: false },
    to: { name: "checking", why: "hint", giveUpAtMs: 120_000 },
    effects: ["probe"],
  },
  {
    name: "HB7 a probe never outlives the bound",
    from: { ...connected, heardAtMs: 20_000 },
    event: { type: "hint", online: false },
    to: { name: "checking", giveUpAtMs: 111_000 },
    effects: ["probe"],
  },
  {
    name: "CLT1 reconnects after a lost connection, with the back-off reset because it had lasted",
    from: connected,
    event: close(1006),
    to: { name: "waiting", attempt: 1, retryAtMs: 100_500, loss: lost },
  },
  {
    name: "CLT4 continues to back off when the connection did not last",
    from: { ...connected, sinceMs: 95_000 },
    event: close(1006),
    to: { name: "waiting", attempt: 3, retryAtMs: 102_000 },
  },
  {
    name: "CLT1 ends after a terminal code",
    from: connected,
    event: close(4501, "idle"),
    to: ended,
    effects: ["forget_ticket"],
  },
  {
    name: "keeps the advice given before a close",
    from: connected,
    event: { type: "advised", advice },
    to: { name: "connected", advice },
  },
  {
    name: "CLT2 waits as advised",
    from: { ...connected, advice },
    event: close(1012, "server_shutdown"),
    to: { name: "waiting", retryAtMs: 104_500, advised: true },
  },
  {
    name: "is left",
    from: connected,
    event: { type: "left" },
    to: { name: "ended", loss: { cause: "left" } },
    effects: ["forget_ticket", "abandon"],
  },

  { name: "HB7 is reassured by any frame", from: checking, event: { type: "heard" }, to: { ...connected, heardAtMs: 100_000 } },
  {
    name: "HB7 abandons a silent socket locally and reconnects",
    from: checking,
    event: due,
    to: { name: "waiting", loss: { cause: "silent" }, retryAtMs: 100_500 },
    effects: ["abandon"],
  },
  {
    name: "HB7 lets pending input be read before it judges a probe after its own pause",
    from: checking,
    event: dueLate,
    to: { name: "checking", why: "pause", overdue: true, giveUpAtMs: 102_000 },
  },
  {
    name: "HB7 judges a probe that is overdue, however late that is noticed",
    from: { ...checking, overdue: true },
    event: dueLate,
    to: { name: "waiting", loss: { cause: "silent" } },
    effects: ["abandon"],
  },
  {
    name: "HB7 a frame clears an overdue deadline",
    from: { ...checking, overdue: true },
    event: { type: "heard" },
    to: { ...connected, heardAtMs: 100_000 },
  },
  { name: "CLT4 a second hint does not probe again", from: checking, event: { type: "hint", online: false }, to: checking },
  { name: "CLT1 is closed while checking", from: checking, event: close(1006), to: { name: "waiting" } },

  { name: "retries when due", from: waiting, event: due, to: { name: "connecting", attempt: 3 }, effects: ["open"] },
  { name: "retries now", from: waiting, event: { type: "start" }, to: { name: "connecting", attempt: 3 }, effects: ["open"] },
  {
    name: "CLT4 an online event brings the retry forward",
    from: waiting,
    event: { type: "hint", online: true },
    to: { name: "connecting" },
    effects: ["open"],
  },
  {
    name: "CLT4 an offline event changes nothing while waiting",
    from: waiting,
    event: { type: "hint", online: false },
    to: waiting,
  },
  {
    name: "CLT2 no hint shortens a delay given by the server",
    from: { ...waiting, advised: true },
    event: { type: "hint", online: true },
    to: { ...waiting, advised: true },
  },
  {
    name: "is left while waiting",
    from: waiting,
    event: { type: "left" },
    to: { name: "ended", loss: { cause: "left" } },
    effects: ["forget_ticket"],
  },
];

describe("stepConnection", () => {
  it.each(rows)("CLT4 $from.name: $name", (row) => {
    const step = stepConnection(row.from, row.event, { ...context, ...row.context });
    expect(step.state).toMatchObject(row.to);
    expect(step.effects).toEqual(row.effects ?? []);
  });

  const states: ConnectionState[] = [{ name: "idle" }, connecting, connected, checking, waiting, ended];
  const meaningless: [ConnectionState["name"], ConnectionEvent][] = [
    ["idle", { type: "heard" }],
    ["idle", close(1006)],
    ["idle", due],
    ["connecting", { type: "heard" }],
    ["connecting", { type: "start" }],
    ["connecting", { type: "hint", online: false }],
    ["connected", { type: "start" }],
    ["connected", { type: "welcomed", terms, drives: false }],
    ["checking", { type: "start" }],
    ["waiting", close(1006)],
    ["waiting", { type: "heard" }],
    ["ended", { type: "left" }],
    ["ended", close(1006)],
    ["ended", due],
  ];
  it.each(meaningless)("%s: %j changes nothing", (name, event) => {
    const state = states.find((candidate) => candidate.name === name);
    if (state === undefined) throw new Error(name);
    expect(stepConnection(state, event, context)).toEqual({ state, effects: [] });
  });
});
