/** What saving other settings would do (rule SET4). Pure: computed from what it does to each session, and from recorded silences. */
import type { SettingsPreview } from "../keeperTypes.ts";
import { heartbeatBoundMs, heartbeatSoonestMs, idleBoundMs } from "./bounds.ts";
import type { SavedEffect } from "./savedEffect.ts";
import type { Settings } from "./settings.ts";

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
