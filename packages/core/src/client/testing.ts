/** Fakes for the client tests: a clock that a test advances, and a dial whose server side is the test. */
import type { Notice, Welcome } from "../protocol/notice.ts";
import type { ClientClock, ClientLink, ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";

export interface FakeClientClock extends ClientClock {
  /** Advances time and runs due timers in order and on time. */
  advance(ms: number): void;
  /** Advances time as for a frozen page: timers due meanwhile run only at the end. */
  freeze(ms: number): void;
  /** Advances time as for a hidden page, whose due timers run only once per `everyMs`. */
  throttle(ms: number, everyMs: number): void;
  /** Advances time without running any timers: due ones stay pending. */
  sleep(ms: number): void;
  readonly timers: number;
}

export function createFakeClientClock(): FakeClientClock {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  const runDue = (untilMs: number, onTime: boolean) => {
    for (;;) {
      const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) return;
      timers.delete(next);
      if (onTime) nowMs = Math.max(nowMs, next.atMs);
      next.callback();
    }
  };
  return {
    nowMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      runDue(untilMs, true);
      nowMs = untilMs;
    },
    freeze(ms) {
      nowMs += ms;
      runDue(nowMs, false);
    },
    throttle(ms, everyMs) {
      for (let leftMs = ms; leftMs > 0; leftMs -= everyMs) {
        nowMs += Math.min(everyMs, leftMs);
        runDue(nowMs, false);
      }
    },
    sleep(ms) {
      nowMs += ms;
    },
    get timers() {
      return timers.size;
    },
  };
}

export interface FakeLink {
  readonly ticket: ResumeTicket | null;
  readonly listener: ClientLinkListener;
  probes: number;
  /** Its own beats, and whether each asked for an answer. */
  readonly beats: boolean[];
  abandoned: boolean;
}

/** A `Dial` that records every link it opened. */
export function createFakeDial({ drives = false } = {}): { readonly dial: Dial; readonly links: FakeLink[]; last(): FakeLink } {
  const links: FakeLink[] = [];
  const dial: Dial = (ticket, listener): ClientLink => {
    const link: FakeLink = { ticket, listener, probes: 0, beats: [], abandoned: false };
    links.push(link);
    return {
      probe: () => {
        link.probes += 1;
      },
      ...(drives ? { beat: (asks: boolean) => void link.beats.push(asks) } : {}),
      abandon: () => {
        link.abandoned = true;
      },
    };
  };
  return {
    dial,
    links,
    last() {
      const link = links.at(-1);
      if (link === undefined) throw new Error("nothing was dialled");
      return link;
    },
  };
}

export const heartbeatTerms = { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 3, boundMs: 91_000 };

export function welcomeOf(sessionId: string, overrides: Partial<Welcome> = {}): Welcome {
  return {
    sessionId,
    resumeToken: `token-of-${sessionId}`,
    resumed: false,
    resumeGraceMs: 0,
    heartbeat: heartbeatTerms,
    idle: { timeoutMs: 180_000, warningMs: 30_000 },
    settingsRevision: 1,
    serverTimeMs: 1_700_000_000_000,
    ...overrides,
  };
}

export function endingNotice(overrides: Partial<Extract<Notice, { type: "ending" }>> = {}): Notice {
  return { type: "ending", reason: "server_shutdown", code: 1012, retry: true, retryAfterMs: 0, detail: "", ...overrides };
}
