/** The server's key figures for operators, on request or pushed to subscribers every second. */
import { heartbeatBoundMs, type KeeperEvents, type SessionKeeper } from "@lastbeat/core";
import type { OverviewUpdate } from "./contract/replies.ts";
import type { EndView, Overview } from "./contract/views.ts";
import type { Guarded } from "./guarded.ts";
import type { Store } from "./ledger/store.ts";
import { endViewOf } from "./liveSessions.ts";
import { RollingIncrease } from "./rollingIncrease.ts";

const EVERY_MS = 1_000;
const HOUR_MS = 3_600_000;
/** How often counters are sampled without subscribers, so that the last hour's figures are ready for the first one. */
const SAMPLE_EVERY_MS = 60_000;
const LAST_ENDS = 10;

export interface OverviewFeedOptions {
  readonly keeper: SessionKeeper;
  readonly store: Store;
  readonly startedAtMs: number;
  readonly version: string;
  /** The newest ends of earlier runs, newest first. */
  readonly lastEnds: readonly EndView[];
  readonly now: () => number;
  readonly guarded: Guarded;
  /** A monotonic clock. */
  readonly monotonicMs?: () => number;
}

export class OverviewFeed {
  readonly #options: OverviewFeedOptions;
  readonly #watchers = new Set<(beat: OverviewUpdate) => void>();
  readonly #unfollow: () => void;
  readonly #recentPauses: RollingIncrease;
  readonly #recentRefusals: RollingIncrease;
  readonly #sampling: NodeJS.Timeout;
  /** Newest first, from earlier runs; then those of this run, oldest first, at most twice as many as are told. */
  readonly #earlierEnds: readonly EndView[];
  #ends: KeeperEvents["ended"][] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OverviewFeedOptions) {
    this.#options = options;
    this.#recentPauses = new RollingIncrease(HOUR_MS, this.#monotonicMs());
    this.#recentRefusals = new RollingIncrease(HOUR_MS, this.#monotonicMs());
    this.#sampling = setInterval(() => options.guarded("count the last hour", () => this.#lastHour()), SAMPLE_EVERY_MS).unref();
    this.#earlierEnds = options.lastEnds.slice(0, LAST_ENDS);
    // Cheap, because all sessions may end in one moment: the views are made for those who ask.
    this.#unfollow = options.keeper.on("ended", (ended) => {
      this.#ends.push(ended);
      if (this.#ends.length === 2 * LAST_ENDS) this.#ends = this.#ends.slice(LAST_ENDS);
    });
  }

  overview(): Overview {
    const { keeper, store, startedAtMs, version, now } = this.#options;
    const { settings } = keeper;
    const stats = keeper.stats();
    const health = store.ledger.health();
    const { opening, active, suspect, suspended, ending, memory, pauses, refusals, falsePositives } = stats;
    return {
      atMs: now(),
      startedAtMs,
      live: active + suspended,
      suspect,
      opening,
      suspended,
      ending,
      maxSessions: settings.maxSessions,
      memory: { ...memory, soft: settings.memorySoft, hard: settings.memoryHard },
      pauses,
      refusals: { ...refusals } as Record<string, number>,
      lastHour: this.#lastHour(),
      falsePositives,
      ledger: { accepting: health.accepting, cause: health.accepting ? null : health.cause, queued: store.queued() },
      retention: store.retention.state(),
      heartbeatBoundMs: heartbeatBoundMs(settings),
      settingsRevision: keeper.settingsRevision,
      version,
    };
  }

  /** Calls `watcher` at once and then every second, until the returned function is called. */
  subscribe(watcher: (beat: OverviewUpdate) => void): () => void {
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.#options.guarded("update the overview", () => this.#beat()), EVERY_MS).unref();
    watcher({ overview: this.overview(), lastEnds: this.#lastEnds() });
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stop();
    };
  }

  close(): void {
    this.#watchers.clear();
    this.#unfollow();
    clearInterval(this.#sampling);
    this.#stop();
  }

  /** Newest first. */
  #lastEnds(): EndView[] {
    const own = this.#ends.slice(-LAST_ENDS).map(({ session, end }) => endViewOf(session, end));
    return [...own.reverse(), ...this.#earlierEnds].slice(0, LAST_ENDS);
  }

  #lastHour(): Overview["lastHour"] {
    const { pauses, refusals } = this.#options.keeper.stats();
    const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
    const nowMs = this.#monotonicMs();
    return { pauses: this.#recentPauses.observe(pauses.count, nowMs), refusals: this.#recentRefusals.observe(refused, nowMs) };
  }

  #monotonicMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }

  #beat(): void {
    const beat: OverviewUpdate = { overview: this.overview(), lastEnds: this.#lastEnds() };
    for (const watcher of this.#watchers) this.#options.guarded("send the overview to a watcher", () => watcher(beat));
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
