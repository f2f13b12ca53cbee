/**
 * The client's own log of heartbeats. The server measures its own round trips; a client that wants to display some takes a
 * measurement at each beat: it sends `PING` and times the `PONG`.
 */

export interface BeatLog {
  /** Oldest first: a round-trip time in ms, `null` for a late beat or an unanswered measurement, -1 for a pause. */
  readonly beats: readonly (number | null)[];
  /** When the current measurement began; `null` when there is none. */
  readonly measuringSinceMs: number | null;
}

export const BEATS_KEPT = 32;
export const emptyBeatLog: BeatLog = { beats: [], measuringSinceMs: null };

/** A beat from the server arrived: starts a measurement. */
export function beatSeen(log: BeatLog, nowMs: number): BeatLog {
  const { beats } = log.measuringSinceMs === null ? log : append(log, null);
  return { beats, measuringSinceMs: nowMs };
}

/** The measurement was answered. Ignored when none is under way. */
export function beatAnswered(log: BeatLog, nowMs: number): BeatLog {
  return log.measuringSinceMs === null ? log : append(log, nowMs - log.measuringSinceMs);
}

/** A beat is overdue, or the connection was lost during a measurement. */
export function beatMissed(log: BeatLog): BeatLog {
  return append(log, null);
}

/** The server was paused or this page slept: discards the measurement under way, which would be meaningless. */
export function beatPaused(log: BeatLog): BeatLog {
  return append(log, -1);
}

function append({ beats }: BeatLog, beat: number | null): BeatLog {
  return { beats: [...beats, beat].slice(-BEATS_KEPT), measuringSinceMs: null };
}
