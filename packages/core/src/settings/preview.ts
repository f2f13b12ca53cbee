/** What saving other settings would do (rule SET 4). Pure: computed from figures of the live sessions and recorded silences. */
import type { SettingsPreview } from "../keeperTypes.ts";
import { heartbeatBoundMs, heartbeatSoonestMs, idleBoundMs } from "./bounds.ts";
import type { Settings } from "./settings.ts";

/** A live session at the moment of the preview; durations in observed milliseconds. */
export interface PreviewSession {
  readonly id: string;
  /** Time since the first unanswered beat was sent; `null` when none is outstanding. */
  readonly unansweredMs: number | null;
  readonly inactiveMs: number;
  readonly busy: boolean;
}

/** A recorded silence: how long it took until the client answered, or until its session was ended for it. Milliseconds. */
export interface RecordedGap {
  readonly silenceMs: number;
  readonly outcome: "answered" | "ended";
}

/** Bytes of one heartbeat on the wire, both ways: two text frames of four characters, one of them masked. */
const BYTES_PER_BEAT = 6 + 10;

/** Computes the preview of `settings` for these sessions and gaps. */
export function previewSettings(
  settings: Settings,
  sessions: Iterable<PreviewSession>,
  gaps: Iterable<RecordedGap>,
): SettingsPreview {
  const wouldBeSuspect: string[] = [];
  const wouldBeIdle: string[] = [];
  let count = 0;
  for (const session of sessions) {
    count += 1;
    if (session.unansweredMs !== null && session.unansweredMs >= settings.heartbeatPongTimeoutMs) wouldBeSuspect.push(session.id);
    if (!session.busy && session.inactiveMs >= settings.sessionTimeoutMs) wouldBeIdle.push(session.id);
  }
  const heartbeatsPerSecond = (count * 1_000) / settings.heartbeatIntervalMs;
  return {
    heartbeatBoundMs: heartbeatBoundMs(settings),
    idleBoundMs: idleBoundMs(settings),
    heartbeatsPerSecond,
    bytesPerSecond: heartbeatsPerSecond * BYTES_PER_BEAT,
    wouldBeSuspect,
    wouldBeIdle,
    ...replay(settings, gaps),
  };
}

/** Replays recorded silences: which ends would have come sooner, and which answers too late. */
function replay(
  settings: Settings,
  gaps: Iterable<RecordedGap>,
): Pick<SettingsPreview, "endsSooner" | "healthyEnded" | "gapsReplayed"> {
  let endsSooner = 0;
  let healthyEnded = 0;
  let gapsReplayed = 0;
  const boundMs = heartbeatBoundMs(settings);
  const patienceMs = heartbeatSoonestMs(settings);
  for (const { silenceMs, outcome } of gaps) {
    gapsReplayed += 1;
    if (outcome === "ended" && silenceMs > boundMs) endsSooner += 1;
    if (outcome === "answered" && silenceMs >= patienceMs) healthyEnded += 1;
  }
  return { endsSooner, healthyEnded, gapsReplayed };
}
