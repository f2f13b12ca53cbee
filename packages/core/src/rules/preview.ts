/** What saving other settings would do (rule SET4): to each session, by the very decisions that will be taken then, and to the silences recorded so far. */

import { heartbeatBoundMs, heartbeatSoonestMs, idleBoundMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import { decideHeartbeat, type HeartbeatVerdict, NONE } from "./heartbeat.ts";
import type { SessionFacts } from "./session.ts";
import { decideTimeout, isWarningOff, type TimeoutVerdict } from "./timeouts.ts";

export interface SavedEffect {
  /** Its heartbeats are part of the load: it is active. */
  readonly beats: boolean;
  /** The idle warning in force is taken back. */
  readonly unwarned: boolean;
  readonly timeout: TimeoutVerdict;
  readonly beat: HeartbeatVerdict;
  /** Its beat is out for longer than the new limit, and keeps the one it was sent under (rule HB6). */
  readonly keepsLimit: boolean;
}

export interface SavingMoment {
  /** Observed milliseconds. */
  readonly nowMs: number;
  /** Server pauses counted so far. */
  readonly pauses: number;
}

/** What becomes of a session within one tick of the moment at which `settings` come into force. */
export function savedEffect(record: SessionFacts, settings: Settings, { nowMs, pauses }: SavingMoment): SavedEffect {
  const { state } = record;
  const nextMs = nowMs + settings.tickMs;
  const unwarned = isWarningOff(record, settings, nowMs);
  const timeout = decideTimeout(unwarned ? { ...record, idleWarnedMs: -1 } : record, nextMs, settings);
  const lives = timeout === "none" || timeout === "warn_idle";
  if (state.name !== "active") return { beats: false, unwarned, timeout, beat: "wait", keepsLimit: false };
  const limits = { maxFailures: settings.heartbeatMaxFailures, pauses };
  const beat = lives ? decideHeartbeat(state, nextMs, limits) : "wait";
  const isLate = state.sentMs !== NONE && nextMs - state.sentMs >= settings.heartbeatPongTimeoutMs;
  return { beats: true, unwarned, timeout, beat, keepsLimit: isLate && beat === "wait" && lives };
}

/** What saving other settings would do, computed without doing it. */
export interface SettingsPreview {
  readonly heartbeatBoundMs: number;
  readonly idleBoundMs: number;
  readonly heartbeatsPerSecond: number;
  readonly bytesPerSecond: number;
  /**
   * What becomes of live sessions within one tick of saving, by their ids: a miss is counted (an outstanding beat keeps the limit it
   * was sent under, so saving alone makes nobody suspect), heartbeats end it, ...
   */
  readonly wouldBeSuspect: readonly string[];
  readonly wouldBeDead: readonly string[];
  /** ... its user is asked whether they are still there, and has the whole warning; a warning is taken back; ... */
  readonly wouldBeWarned: readonly string[];
  readonly wouldBeUnwarned: readonly string[];
  /** ... it ends as idle, or for its age. */
  readonly wouldBeIdle: readonly string[];
  readonly wouldBeTooOld: readonly string[];
  /** Sessions whose beat is out for longer than the new limit, and is judged by the one it was sent under. */
  readonly protectedBeats: number;
  /** Replayed over the recorded silences: ends that would have come sooner, and clients that would have been ended although they answered. */
  readonly endsSooner: number;
  readonly healthyEnded: number;
  readonly silencesReplayed: number;
}

/** A live session at the moment of the preview. */
export interface PreviewSession {
  readonly id: string;
  readonly effect: SavedEffect;
}

/** A recorded silence: how long it took until the client answered, or until its session was ended for it. Milliseconds. */
export interface RecordedSilence {
  readonly silenceMs: number;
  readonly outcome: "answered" | "ended";
}

/** Bytes of one heartbeat on the wire, both ways: two text frames of four characters, one of them masked. */
const BYTES_PER_BEAT = 6 + 10;

/** Computes the preview of `settings` for these sessions and silences. */
export function previewSettings(
  settings: Settings,
  sessions: Iterable<PreviewSession>,
  silences: Iterable<RecordedSilence>,
): SettingsPreview {
  const { count, protectedBeats, ...would } = foresee(sessions);
  const heartbeatsPerSecond = (count * 1_000) / settings.heartbeatIntervalMs;
  return {
    heartbeatBoundMs: heartbeatBoundMs(settings),
    idleBoundMs: idleBoundMs(settings),
    heartbeatsPerSecond,
    bytesPerSecond: heartbeatsPerSecond * BYTES_PER_BEAT,
    protectedBeats,
    ...would,
    ...replay(settings, silences),
  };
}

/** What becomes of the live sessions within one tick of saving. */
function foresee(sessions: Iterable<PreviewSession>) {
  const wouldBeSuspect: string[] = [];
  const wouldBeDead: string[] = [];
  const wouldBeWarned: string[] = [];
  const wouldBeUnwarned: string[] = [];
  const wouldBeIdle: string[] = [];
  const wouldBeTooOld: string[] = [];
  let count = 0;
  let protectedBeats = 0;
  for (const { id, effect } of sessions) {
    if (effect.beats) count += 1;
    if (effect.keepsLimit) protectedBeats += 1;
    if (effect.unwarned) wouldBeUnwarned.push(id);
    if (effect.beat === "miss") wouldBeSuspect.push(id);
    if (effect.beat === "dead") wouldBeDead.push(id);
    if (effect.timeout === "warn_idle") wouldBeWarned.push(id);
    if (effect.timeout === "idle") wouldBeIdle.push(id);
    if (effect.timeout === "lifetime_reached") wouldBeTooOld.push(id);
  }
  return { count, protectedBeats, wouldBeSuspect, wouldBeDead, wouldBeWarned, wouldBeUnwarned, wouldBeIdle, wouldBeTooOld };
}

/** Replays recorded silences: which ends would have come sooner, and which answers too late. */
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
