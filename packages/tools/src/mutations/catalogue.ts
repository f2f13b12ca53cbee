/** Rules of the session core, each broken in one place. The suite must notice every one of them. */

export interface Mutation {
  readonly rule: string;
  /** What the broken core does. */
  readonly does: string;
  /** Path from `packages/core/src`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const mutations: readonly Mutation[] = [
  {
    rule: "TIM3",
    does: "counts the server's own pause against the client",
    file: "tiers/heartbeat.ts",
    find: 'if (beat.pauses !== pauses && beat.renewals < MAX_RENEWALS) return "renew";',
    replace: "",
  },
  {
    rule: "TO4",
    does: "excuses a silent client with every pause of the server",
    file: "tiers/heartbeat.ts",
    find: "beat.pauses !== pauses && beat.renewals < MAX_RENEWALS",
    replace: "beat.pauses !== pauses",
  },
  {
    rule: "TO4",
    does: "puts the sweep off with every pause of the server",
    file: "tiers/sweep.ts",
    find: "Math.min(pausedFromMs, fromMs + pauseProlongsMs(settings))",
    replace: "pausedFromMs",
  },
  {
    rule: "TO2",
    does: "takes a reconnect for activity",
    file: "session/idleWarning.ts",
    find: 'if (state.kind !== "suspended" || record.idleWarnedMs < 0) return;',
    replace: "record.idleWarnedMs = -1;\n  record.activeMs = observed.nowMs;\n  return;",
  },
  {
    rule: "TO2",
    does: "leaves the warning standing when the timeout is raised",
    file: "session/idleWarning.ts",
    find: "if (isWarningOff(record, settings, observed.nowMs)) takeBackWarning(engine, record);",
    replace: "if (observed.nowMs < 0) takeBackWarning(engine, record);",
  },
  {
    rule: "MEM1",
    does: "leaves the hard level at the first sample below it",
    file: "tiers/memory.ts",
    find: "calmSinceMs >= 0 && nowMs - calmSinceMs >= CALM_FOR_MS",
    replace: "calmSinceMs >= 0",
  },
  {
    rule: "MEM3",
    does: "evicts whoever came back while victims were ended",
    file: "tiers/victims.ts",
    find: "isCandidate(record) && record.activeMs === activeMs && groupOf(record) === group",
    replace: "isCandidate(record) && activeMs >= 0 && group >= 0",
  },
  {
    rule: "SOC4",
    does: "never keeps a quiet connection open",
    file: "tiers/keepalive.ts",
    find: "keepaliveMs === 0 || keepaliveMs >= heartbeatIntervalMs",
    replace: "keepaliveMs >= 0",
  },
  {
    rule: "HB7",
    does: "asks anew whenever a hidden page's timer is late",
    file: "client/connectionStep.ts",
    find: "if (event.lateMs > timing.pauseMs && !state.overdue) {",
    replace: "if (event.lateMs > timing.pauseMs) {",
  },
  {
    rule: "HB10",
    does: "forgets that TCP's timeouts double",
    file: "settings/outage.ts",
    find: "(patienceMs - FIRST_RETRANSMISSION_MS) / 2",
    replace: "patienceMs - FIRST_RETRANSMISSION_MS",
  },
  {
    rule: "SES3",
    does: "listens to connections of an older epoch",
    file: "connection.ts",
    find: "this.#record !== null && this.#record.epoch === this.#epoch ? this.#record : null",
    replace: "this.#record",
  },
  {
    rule: "SES6",
    does: "releases every resource twice",
    file: "session/releasing.ts",
    find: "const settling = releaseOne(engine, leftover, () => engine.leftovers.add(leftover));",
    replace:
      "void releaseOne(engine, leftover, () => {});\n    const settling = releaseOne(engine, leftover, () => engine.leftovers.add(leftover));",
  },
  {
    rule: "HB4",
    does: "clears the misses at a protocol-level pong",
    file: "connection.ts",
    find: 'if (state?.kind === "active" && state.misses > 0) state.transportAnswered = true;',
    replace: 'if (state?.kind === "active") signOfLife(this.#engine, this.#current as SessionRecord, state);',
  },
  {
    rule: "SES2",
    does: "ends a session again that is ending",
    file: "session/transition.ts",
    find: '    case "ending":\n    case "ended":\n      return UNCHANGED;\n  }\n}\n\nfunction fromOpening',
    replace:
      '    case "ending":\n      return event.type === "end" ? { to: "ending", cause: event.cause } : UNCHANGED;\n    case "ended":\n      return UNCHANGED;\n  }\n}\n\nfunction fromOpening',
  },
  {
    rule: "LED1",
    does: "welcomes a client before its opening is durable",
    file: "hello.ts",
    find: "    await writing;\n",
    replace: "    void writing.catch(() => {});\n",
  },
  {
    rule: "LED1",
    does: "reports an end before it is durable",
    file: "session/ending.ts",
    find: "if (recorded) await recordEnd(engine, ended);",
    replace: "if (recorded) void recordEnd(engine, ended);",
  },
  {
    rule: "TIM1",
    does: "lets a pause pass as time in which clients were heard",
    file: "time/observedTime.ts",
    find: "return { steps: 1, carryMs: 0, pausedMs: late };",
    replace: "return { steps: Math.ceil(elapsedMs / tickMs), carryMs: 0, pausedMs: late };",
  },
  {
    rule: "TIM2",
    does: "judges before waiting input is read",
    file: "ticker.ts",
    find: "if (this.#pendingSteps > 0 && !this.#waiting) this.#runAfterInput();",
    replace: "if (this.#pendingSteps > 0 && !this.#waiting) this.#run();",
  },
  {
    rule: "HB6",
    does: "judges a beat that is out under a limit that came later",
    file: "settings/settingsChange.ts",
    find: "  rearm(engine, record);\n}",
    replace:
      '  if (state.kind === "active") state.beat.limitMs = engine.settings.heartbeatPongTimeoutMs;\n  rearm(engine, record);\n}',
  },
  {
    rule: "HB5",
    does: "calls every dead client unreachable",
    file: "tiers/heartbeat.ts",
    find: 'return beat.transportAnswered ? "unresponsive" : "unreachable";',
    replace: 'return beat.transportAnswered ? "unreachable" : "unreachable";',
  },
  {
    rule: "SES5",
    does: "keeps the first resume token for ever",
    file: "session/lifecycle.ts",
    find: "  record.tokenHash = hash;\n",
    replace: '  if (record.tokenHash === "") record.tokenHash = hash;\n',
  },
  {
    rule: "SES6",
    does: "leaves the deadline of an ending session on the wheel",
    file: "session/ending.ts",
    find: "  engine.wheel.disarm(record);\n",
    replace: "",
  },
  {
    rule: "TO1",
    does: "takes an answered heartbeat for something the user did",
    file: "tiers/heartbeatDriver.ts",
    find: "  touchSeen(engine, record);\n  if (beat.sentMs === NONE) return;\n",
    replace: "  touchSeen(engine, record);\n  record.activeMs = engine.observed.nowMs;\n  if (beat.sentMs === NONE) return;\n",
  },
  {
    rule: "MEM3",
    does: "evicts admins too",
    file: "tiers/victims.ts",
    find: 'kind !== "admin" && ',
    replace: "",
  },
  {
    rule: "SOC3",
    does: "lets any number of bytes wait for a slow reader",
    file: "tiers/heartbeatDriver.ts",
    find: "if (waiting <= engine.settings.maxBufferedBytes) return false;",
    replace: "if (waiting >= 0) return false;",
  },
  {
    rule: "TO2",
    does: "ends an idle user without the warning",
    file: "tiers/timeout.ts",
    find: "return settings.idleWarningMs === 0 ? timeoutMs : NEVER;",
    replace: "return timeoutMs - settings.idleWarningMs;",
  },
  {
    rule: "SES7",
    does: "leaves its timer running after the close",
    file: "ticker.ts",
    find: "    this.#stopTimer();\n",
    replace: "",
  },
];
