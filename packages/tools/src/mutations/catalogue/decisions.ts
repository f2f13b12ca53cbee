/** The pure decisions of the core, and its client. */
import type { Mutation } from "../mutation.ts";

export const decisions: readonly Mutation[] = [
  {
    rule: "TIM3",
    does: "counts the server's own pause against the client",
    file: "packages/core/src/rules/heartbeat.ts",
    find: 'if (beat.pauses !== pauses && beat.renewals < MAX_RENEWALS) return "renew";',
    replace: "",
  },
  {
    rule: "TO4",
    does: "excuses a silent client with every pause of the server",
    file: "packages/core/src/rules/heartbeat.ts",
    find: "beat.pauses !== pauses && beat.renewals < MAX_RENEWALS",
    replace: "beat.pauses !== pauses",
  },
  {
    rule: "TO4",
    does: "puts the sweep off with every pause of the server",
    file: "packages/core/src/rules/sweep.ts",
    find: "Math.min(pausedFromMs, fromMs + pauseProlongsMs(settings))",
    replace: "pausedFromMs",
  },
  {
    rule: "MEM1",
    does: "leaves the hard level at the first sample below it",
    file: "packages/core/src/rules/memory.ts",
    find: "calmSinceMs >= 0 && nowMs - calmSinceMs >= CALM_FOR_MS",
    replace: "calmSinceMs >= 0",
  },
  {
    rule: "MEM3",
    does: "evicts whoever came back while victims were ended",
    file: "packages/core/src/rules/memory.ts",
    find: "isCandidate(record) && record.activeMs === activeMs && groupOf(record) === group",
    replace: "isCandidate(record) && activeMs >= 0 && group >= 0",
  },
  {
    rule: "SOC4",
    does: "never keeps a quiet connection open",
    file: "packages/core/src/rules/heartbeat.ts",
    find: "keepaliveMs === 0 || keepaliveMs >= heartbeatIntervalMs",
    replace: "keepaliveMs >= 0",
  },
  {
    rule: "HB7",
    does: "asks again whenever a hidden page's timer is late",
    file: "packages/core/src/client/connectionStep.ts",
    find: "if (event.lateMs > timing.pauseMs && !state.overdue) {",
    replace: "if (event.lateMs > timing.pauseMs) {",
  },
  {
    rule: "HB9",
    does: "forgets that TCP's timeouts double",
    file: "packages/core/src/settings/outage.ts",
    find: "(patienceMs - FIRST_RETRANSMISSION_MS) / 2",
    replace: "patienceMs - FIRST_RETRANSMISSION_MS",
  },
  {
    rule: "SES2",
    does: "ends a session again that is ending",
    file: "packages/core/src/rules/transition.ts",
    find: '    case "ending":\n    case "ended":\n      return UNCHANGED;\n  }\n}\n\nfunction fromOpening',
    replace:
      '    case "ending":\n      return event.type === "end" ? { to: "ending", cause: event.cause } : UNCHANGED;\n    case "ended":\n      return UNCHANGED;\n  }\n}\n\nfunction fromOpening',
  },
  {
    rule: "TIM1",
    does: "lets a pause pass as time in which clients were heard",
    file: "packages/core/src/time/observedTime.ts",
    find: "return { steps: 1, carryMs: 0, pausedMs: late };",
    replace: "return { steps: Math.ceil(elapsedMs / tickMs), carryMs: 0, pausedMs: late };",
  },
  {
    rule: "HB5",
    does: "calls every dead client unreachable",
    file: "packages/core/src/rules/heartbeat.ts",
    find: 'return beat.transportAnswered ? "unresponsive" : "unreachable";',
    replace: 'return beat.transportAnswered ? "unreachable" : "unreachable";',
  },
  {
    rule: "MEM3",
    does: "evicts admins too",
    file: "packages/core/src/rules/memory.ts",
    find: 'kind !== "admin" && ',
    replace: "",
  },
  {
    rule: "TO2",
    does: "ends an idle user without the warning",
    file: "packages/core/src/rules/timeouts.ts",
    find: "return settings.idleWarningMs === 0 ? timeoutMs : NEVER;",
    replace: "return timeoutMs - settings.idleWarningMs;",
  },
  {
    rule: "SES5",
    does: "ignores the goodbye of a suspended session",
    file: "packages/core/src/rules/transition.ts",
    find: 'return event.cause.reason === "client_left" ? { to: "ending", cause: event.cause } : UNCHANGED;',
    replace: "return UNCHANGED;",
  },
];
