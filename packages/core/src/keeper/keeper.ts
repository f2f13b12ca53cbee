/** The composition root: builds a running keeper from ports and settings. */

import { type Clock, type Disposer, systemClock } from "../ports/clock.ts";
import type { Ledger, SessionEnd } from "../ports/ledger.ts";
import { type KeeperLog, silentLog } from "../ports/log.ts";
import { type MemorySource, unwatchedMemory } from "../ports/memory.ts";
import { createMemoryLedger } from "../ports/memoryLedger.ts";
import { type Random, systemRandom } from "../ports/random.ts";
import type { Peer, SessionSocket } from "../ports/socket.ts";
import { refuseConnection } from "../rules/admission.ts";
import {
  type PreviewMoment,
  type PreviewSession,
  previewSettings,
  type RecordedSilence,
  type SettingsPreview,
  settingsEffect,
} from "../rules/preview.ts";
import { type DeadlineExplanation, explainDeadlines } from "../rules/timeouts.ts";
import { EarlierSettings, settingsDifference } from "../settings/earlierSettings.ts";
import { checkChange, resolveSettings, type Settings } from "../settings/settings.ts";
import { DelayQueue } from "../time/delayQueue.ts";
import { ObservedTime } from "../time/observedTime.ts";
import { EndingQueue } from "../time/slices.ts";
import { TimingWheel } from "../time/timingWheel.ts";
import { Admission } from "./admission.ts";
import { BeatHistory } from "./beatHistory.ts";
import { ConnectionHandle, TERMINATE_AFTER_MS } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { END_RETRY_MS } from "./end.ts";
import { type Engine, writeEvent } from "./engine.ts";
import { Guard } from "./guard.ts";
import { guardedClock, guardedLedger, guardedLog, guardedRandom, guardedSample } from "./guardedPorts.ts";
import { SessionHandle } from "./handle.ts";
import { end, lose } from "./lifecycle.ts";
import { makeRoom } from "./makeRoom.ts";
import { MemoryTier } from "./memoryTier.ts";
import { RecentDeaths, RecentSilences } from "./recent.ts";
import { lookAhead, newSessionRecord, type SessionRecord } from "./record.ts";
import { refuseSocket } from "./refusal.ts";
import { Registry } from "./registry.ts";
import { FailedReleases, RELEASE_LIMIT_MS } from "./resources.ts";
import { makeSessionId } from "./sessionId.ts";
import { spreadSettings } from "./settingsInForce.ts";
import { Ticker } from "./ticker.ts";
import { TokenHashes } from "./tokenHashes.ts";
import { zeroTotals } from "./totals.ts";
import type { Connection, EndRequest, KeeperEvents, KeeperStats, Session, SessionKeeper } from "./types.ts";

export interface KeeperOptions {
  /** Where openings and ends are recorded; default: in memory. */
  readonly ledger?: Ledger;
  /** Settings in code units; omitted ones take their defaults. */
  readonly settings?: Partial<Settings>;
  /** The current settings revision; default 0. */
  readonly settingsRevision?: number;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default: nothing is logged. */
  readonly log?: KeeperLog;
  /** Default: memory is not watched. */
  readonly memory?: MemorySource;
}

/**
 * Creates a keeper and starts its one timer. `Data` is the type of the application's data on each session.
 * @throws {InvalidSettings} when the settings break a rule.
 */
export function createSessionKeeper<Data = unknown>(options: KeeperOptions = {}): SessionKeeper<Data> {
  // The keeper passes data through and never reads it, so the implementation is not generic.
  return new Keeper(options) as SessionKeeper as SessionKeeper<Data>;
}

const engines = new WeakMap<object, Engine>();

/** The internals of a keeper, for the simulation, which checks its invariants. Not part of the public API. */
export function engineOf(keeper: object): Engine {
  const engine = engines.get(keeper);
  if (engine === undefined) throw new Error("not a keeper made by createSessionKeeper");
  return engine;
}

class Keeper implements SessionKeeper {
  readonly #engine: Engine;
  readonly #memory: MemoryTier;
  readonly #ticker: Ticker;
  #stopSpreading: Disposer = () => {};
  #closed: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#engine = makeEngine(options);
    engines.set(this, this.#engine);
    this.#memory = new MemoryTier(this.#engine, guardedSample(options.memory ?? unwatchedMemory, this.#engine.guard));
    this.#ticker = new Ticker(this.#engine, this.#memory);
    this.#engine.events.on("ended", ({ end }) => {
      if (end.tier === "heartbeat") this.#engine.silences.add({ silenceMs: end.detectionMs, outcome: "ended" });
    });
  }

  get settings(): Settings {
    return this.#engine.settings;
  }

  get settingsRevision(): number {
    return this.#engine.revision;
  }

  accept(socket: SessionSocket, peer: Peer, options: { readonly sessionId?: string } = {}): Connection | null {
    const engine = this.#engine;
    const held = engine.admission.heldBy(peer.address);
    const cause = refuseConnection(engine, engine.settings, held) ?? (makeRoom(engine, peer.address) ? null : "openings");
    if (cause !== null) {
      const reason = cause === "shutting_down" ? "server_shutdown" : "server_full";
      refuseSocket(engine, socket, { cause, reason, detail: `no connection can be accepted: ${cause}` });
      // Nothing drops it later once the ticker has stopped.
      if (this.#isClosed) engine.closingSockets.flush();
      return null;
    }
    engine.admission.connected(peer.address, engine.settings.connectionRatePerAddress > 0);
    const link = new ConnectionHandle(engine, socket, peer);
    const record = newSessionRecord({
      id: options.sessionId ?? makeSessionId(engine.clock.wallMs(), engine.random),
      peer,
      link,
      helloByMs: engine.observed.nowMs + engine.settings.helloTimeoutMs,
      nowMs: engine.observed.nowMs,
      monoMs: engine.monoMs,
    });
    link.serve(record, record.epoch);
    engine.registry.addOpening(record);
    engine.wheel.arm(record, engine.observed.nowMs + engine.settings.helloTimeoutMs);
    return link;
  }

  session(id: string): Session | undefined {
    const record = this.#engine.registry.get(id);
    return record === undefined ? undefined : this.#engine.handleOf(record);
  }

  *sessions(): Iterable<Session> {
    for (const record of this.#engine.registry.sessions()) yield this.#engine.handleOf(record);
  }

  end(id: string, { reason, operator, note, detail }: EndRequest): Promise<SessionEnd> | undefined {
    const record = this.#engine.registry.get(id);
    if (record === undefined) return undefined;
    const by = operator === undefined ? "" : ` by ${operator}`;
    return end(this.#engine, record, {
      reason,
      operator,
      note,
      detail: detail ?? `ended${by}`,
      causeMs: this.#engine.observed.nowMs,
    });
  }

  applySettings(settings: Settings, { revision, author }: { readonly revision: number; readonly author: string }): void {
    const engine = this.#engine;
    const before = engine.settings;
    checkChange(before, settings);
    if (this.#isClosed) return;
    const difference = settingsDifference(before, settings);
    const next = Object.freeze({ ...settings });
    engine.settings = next;
    engine.revision = revision;
    engine.earlierSettings.add(before, engine.observed.nowMs);
    writeEvent(this.#engine, null, { type: "settings_changed", revision, author, ...difference });
    this.#ticker.settingsChanged(before);
    this.#stopSpreading();
    const stop = spreadSettings(engine, before);
    // A listener may have changed the settings again meanwhile; then these are outdated, and no event is emitted for them.
    if (engine.settings !== next) return stop();
    this.#stopSpreading = stop;
    engine.events.emit("settings", { settings: next, revision });
  }

  explain(id: string): DeadlineExplanation[] | undefined {
    const record = this.#engine.registry.get(id);
    return record === undefined ? undefined : explainDeadlines(record, this.#engine.settings, this.#engine.observed.nowMs);
  }

  preview(settings: Settings, silences: Iterable<RecordedSilence> = []): SettingsPreview {
    const { observed, registry } = this.#engine;
    const moment = { nowMs: observed.nowMs, pauses: observed.pauses };
    return previewSettings(settings, settingsEffects(registry.sessions(), settings, moment), [
      ...this.#engine.silences.all(),
      ...silences,
    ]);
  }

  stats(): KeeperStats {
    const { registry, observed, admission, deaths, memoryLevel, totals } = this.#engine;
    const { usedBytes, limitBytes } = this.#memory.use;
    const { lastPauseAtMs, longestTickMs } = this.#ticker;
    return {
      opening: registry.count("opening"),
      active: registry.count("active"),
      suspect: registry.suspects,
      suspended: registry.count("suspended"),
      ending: registry.count("ending"),
      admins: registry.admins,
      waitingForHello: registry.waiting,
      memory: { level: memoryLevel, usedBytes, limitBytes },
      pauses: { count: observed.pauses, totalMs: observed.pausedMs, longestMs: observed.longestPauseMs, lastAtMs: lastPauseAtMs },
      refusals: admission.totals(),
      falsePositives: deaths.falsePositives,
      heartbeatsSent: totals.heartbeatsSent,
      totals: { ...totals },
      longestTickMs,
    };
  }

  on<E extends keyof KeeperEvents>(event: E, listener: (payload: KeeperEvents[E]) => void): Disposer {
    return this.#engine.events.on(event, listener);
  }

  close(): Promise<void> {
    if (this.#closed !== null) return this.#closed;
    // Set first, because a listener may call `close` again meanwhile.
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    void this.#close().then(resolve);
    return promise;
  }

  async #close(): Promise<void> {
    const engine = this.#engine;
    engine.shuttingDown = true;
    this.#stopSpreading();
    for (const record of [...engine.registry.openings.values()]) {
      lose(engine, record, { reason: "server_shutdown", detail: "the server is stopping", causeMs: engine.observed.nowMs });
    }
    const cause = { reason: "server_shutdown", detail: "the server was asked to stop", causeMs: engine.observed.nowMs } as const;
    const ends = [...engine.registry.sessions()].map((record) => end(engine, record, cause));
    await Promise.allSettled([...ends, ...engine.releasing]);
    engine.admission.flush(engine.observed.nowMs, (event) => writeEvent(this.#engine, null, event));
    this.#ticker.stop();
    engine.closingSockets.flush();
    this.#isClosed = true;
    engine.ledger.seal();
    engine.events.clear();
  }
}

/** Computed lazily, because building a list would cost more than the computation. */
function* settingsEffects(records: Iterable<SessionRecord>, settings: Settings, moment: PreviewMoment): Iterable<PreviewSession> {
  for (const record of records) yield { id: record.id, effect: settingsEffect(record, settings, moment) };
}

function makeEngine(options: KeeperOptions): Engine {
  const log = guardedLog(options.log ?? silentLog);
  const guard = new Guard(log);
  const clock = guardedClock(options.clock ?? systemClock, guard);
  const settings = resolveSettings(options.settings);
  const observed = new ObservedTime(clock.monotonicMs(), settings.tickMs);
  const engine: Engine = {
    clock,
    ledger: guardedLedger(options.ledger ?? createMemoryLedger(), guard),
    random: guardedRandom(options.random ?? systemRandom, guard),
    log,
    guard,
    observed,
    settings,
    wheel: new TimingWheel<SessionRecord>(0, settings.tickMs, lookAhead),
    registry: new Registry(),
    history: new BeatHistory(),
    tokenHashes: new TokenHashes(),
    admission: new Admission(),
    deaths: new RecentDeaths(),
    silences: new RecentSilences(),
    events: new Emitter<KeeperEvents>(guard),
    endings: new EndingQueue(clock),
    failedReleases: new FailedReleases(),
    releasing: new Set(),
    handleOf(record) {
      record.handle ??= new SessionHandle(engine, record);
      return record.handle;
    },
    closingSockets: new DelayQueue(TERMINATE_AFTER_MS),
    releaseLimits: new DelayQueue(RELEASE_LIMIT_MS),
    endRetries: new DelayQueue(END_RETRY_MS),
    revision: options.settingsRevision ?? 0,
    madeAtMs: Math.round(clock.wallMs()),
    monoMs: Math.floor(clock.monotonicMs()),
    memoryLevel: "ok",
    earlierSettings: new EarlierSettings(),
    totals: zeroTotals(),
    shuttingDown: false,
  };
  return engine;
}
