/**
 * The heartbeats a client saw. The server measures its own round trips; a client that wants to show some measures one of its
 * own at each beat: it sends `PING` and times the `PONG`.
 */

export interface BeatLog {
  /** Oldest first: a round-trip time in ms, `null` for a beat that was late or a measurement nobody answered, -1 for a pause. */
  readonly beats: readonly (number | null)[];
  /** When the measurement under way began. */
  readonly measuringSinceMs: number | null;
}

export const BEATS_KEPT = 32;
export const emptyBeatLog: BeatLog = { beats: [], measuringSinceMs: null };

/** A beat of the server arrived and a measurement begins. */
export function beatSeen(log: BeatLog, nowMs: number): BeatLog {
  const { beats } = log.measuringSinceMs === null ? log : append(log, null);
  return { beats, measuringSinceMs: nowMs };
}

/** The measurement was answered; an answer to nothing is ignored. */
export function beatAnswered(log: BeatLog, nowMs: number): BeatLog {
  return log.measuringSinceMs === null ? log : append(log, nowMs - log.measuringSinceMs);
}

/** A beat is overdue, or the connection was lost while one was measured. */
export function beatMissed(log: BeatLog): BeatLog {
  return append(log, null);
}

/** The server stood still, or this page slept: what was measured across it tells nothing, and what follows is measured again. */
export function beatPaused(log: BeatLog): BeatLog {
  return append(log, -1);
}

function append({ beats }: BeatLog, beat: number | null): BeatLog {
  return { beats: [...beats, beat].slice(-BEATS_KEPT), measuringSinceMs: null };
}
