/** Previews a change of settings (rule SET4): its effect on each session, by the real decisions, and on recorded silences. */

import { heartbeatBoundMs, heartbeatSoonestMs, idleBoundMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import { askDueMs, decideHeartbeat, type HeartbeatVerdict, NONE } from "./heartbeat.ts";
import type { SessionFacts } from "./session.ts";
import { decideTimeout, isWarningObsolete, type TimeoutVerdict } from "./timeouts.ts";

export interface SettingsEffect {
  /** It is active, so its heartbeats count towards the load. */
  readonly beats: boolean;
  /** Its client beats unasked, so that nothing is sent to it. */
  readonly driven: boolean;
  /** Its idle warning is withdrawn. */
  readonly unwarned: boolean;
  readonly timeout: TimeoutVerdict;
  readonly beat: HeartbeatVerdict;
  /** Its outstanding beat is older than the new limit but is judged by the limit it was sent under (rule HB6). */
  readonly keepsLimit: boolean;
}

export interface PreviewMoment {
  /** Observed milliseconds. */
  readonly nowMs: number;
  /** The server's pause count so far. */
  readonly pauses: number;
}

/** What happens to a session within one tick after `settings` come into force. */
export function settingsEffect(record: SessionFacts, settings: Settings, { nowMs, pauses }: PreviewMoment): SettingsEffect {
  const { state } = record;
  const nextMs = nowMs + settings.tickMs;
  const unwarned = isWarningObsolete(record, settings, nowMs);
  const timeout = decideTimeout(unwarned ? { ...record, idleWarnedMs: -1 } : record, nextMs, settings);
  const lives = timeout === "none" || timeout === "warn_idle";
  if (state.name !== "active") return { beats: false, driven: false, unwarned, timeout, beat: "wait", keepsLimit: false };
  const limits = { maxFailures: settings.heartbeatMaxFailures, pauses, askMs: askDueMs(record.seenMs, settings) };
  const beat = lives ? decideHeartbeat(state, nextMs, limits) : "wait";
  const isLate = state.sentMs !== NONE && nextMs - state.sentMs >= settings.heartbeatPongTimeoutMs;
  return { beats: true, driven: state.driven, unwarned, timeout, beat, keepsLimit: isLate && beat === "wait" && lives };
}

/** What a change of settings would do, computed without making it. */
export interface SettingsPreview {
  readonly heartbeatBoundMs: number;
  readonly idleBoundMs: number;
  readonly heartbeatsPerSecond: number;
  readonly bytesPerSecond: number;
  /**
   * The ids of live sessions that, within one tick of saving, count a miss (an outstanding beat keeps the limit it was sent
   * under, so saving alone makes no session suspect), are ended by heartbeats, ...
   */
  readonly wouldBeSuspect: readonly string[];
  readonly wouldBeDead: readonly string[];
  /** ... are given the full idle warning, have their idle warning withdrawn, ... */
  readonly wouldBeWarned: readonly string[];
  readonly wouldBeUnwarned: readonly string[];
  /** ... end as idle, or reach the session lifetime. */
  readonly wouldBeIdle: readonly string[];
  readonly wouldBeTooOld: readonly string[];
  /** Sessions whose outstanding beat is older than the new limit but is judged by the limit it was sent under. */
  readonly protectedBeats: number;
  /** From replaying recorded silences: ends that would have come sooner, and sessions ended although their client answered. */
  readonly endsSooner: number;
  readonly healthyEnded: number;
  readonly silencesReplayed: number;
}

/** A live session at the moment of the preview. */
export interface PreviewSession {
  readonly id: string;
  readonly effect: SettingsEffect;
}

/** A recorded silence: the time until the client answered or its session was ended, in milliseconds. */
export interface RecordedSilence {
  readonly silenceMs: number;
  readonly outcome: "answered" | "ended";
}

/** Bytes of one heartbeat on the wire: a text frame of four characters each way, the client's masked. */
const BYTES_ASKED = 6;
const BYTES_ANSWERED = 10;

/** Computes the preview of `settings` for these sessions and silences. */
export function previewSettings(
  settings: Settings,
  sessions: Iterable<PreviewSession>,
  silences: Iterable<RecordedSilence>,
): SettingsPreview {
  const { count, driven, protectedBeats, ...would } = summarize(sessions);
  const heartbeatsPerSecond = (count * 1_000) / settings.heartbeatIntervalMs;
  return {
    heartbeatBoundMs: heartbeatBoundMs(settings),
    idleBoundMs: idleBoundMs(settings),
    heartbeatsPerSecond,
    bytesPerSecond: (((count - driven) * BYTES_ASKED + count * BYTES_ANSWERED) * 1_000) / settings.heartbeatIntervalMs,
    protectedBeats,
    ...would,
    ...replay(settings, silences),
  };
}

/** What happens to the live sessions within one tick of saving. */
function summarize(sessions: Iterable<PreviewSession>) {
  const wouldBeSuspect: string[] = [];
  const wouldBeDead: string[] = [];
  const wouldBeWarned: string[] = [];
  const wouldBeUnwarned: string[] = [];
  const wouldBeIdle: string[] = [];
  const wouldBeTooOld: string[] = [];
  let count = 0;
  let driven = 0;
  let protectedBeats = 0;
  for (const { id, effect } of sessions) {
    if (effect.beats) count += 1;
    if (effect.driven) driven += 1;
    if (effect.keepsLimit) protectedBeats += 1;
    if (effect.unwarned) wouldBeUnwarned.push(id);
    if (effect.beat === "miss") wouldBeSuspect.push(id);
    if (effect.beat === "dead") wouldBeDead.push(id);
    if (effect.timeout === "warn_idle") wouldBeWarned.push(id);
    if (effect.timeout === "idle") wouldBeIdle.push(id);
    if (effect.timeout === "lifetime_reached") wouldBeTooOld.push(id);
  }
  return {
    count,
    driven,
    protectedBeats,
    wouldBeSuspect,
    wouldBeDead,
    wouldBeWarned,
    wouldBeUnwarned,
    wouldBeIdle,
    wouldBeTooOld,
  };
}

/** Replays recorded silences: counts the ends that would have come sooner, and the answers that would have come too late. */
function replay(
  settings: Settings,
  silences: Iterable<RecordedSilence>,
): Pick<SettingsPreview, "endsSooner" | "healthyEnded" | "silencesReplayed"> {
  let endsSooner = 0;
  let healthyEnded = 0;
  let silencesReplayed = 0;
  const boundMs = heartbeatBoundMs(settings);
  const patienceMs = heartbeatSoonestMs(settings);
  for (const { silenceMs, outcome } of silences) {
    silencesReplayed += 1;
    if (outcome === "ended" && silenceMs > boundMs) endsSooner += 1;
    if (outcome === "answered" && silenceMs >= patienceMs) healthyEnded += 1;
  }
  return { endsSooner, healthyEnded, silencesReplayed };
}
