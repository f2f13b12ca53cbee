import { describe, expect, it } from "vitest";
import { BEATS_KEPT, beatAnswered, beatMissed, beatPaused, beatSeen, emptyBeatLog } from "./beatLog.ts";

describe("beatLog", () => {
  it("HB7 keeps a round trip for each beat, and a miss for each unanswered or late one", () => {
    let log = beatAnswered(beatSeen(emptyBeatLog, 1_000), 1_012);
    log = beatSeen(log, 31_000);
    log = beatSeen(log, 61_000);
    log = beatAnswered(log, 61_020);
    log = beatMissed(log);
    expect(log).toEqual({ beats: [12, null, 20, null], measuringSinceMs: null });
  });

  it("HB2 ignores an answer without a measurement", () => {
    expect(beatAnswered(emptyBeatLog, 5)).toEqual(emptyBeatLog);
  });

  it("TIM2 records a pause and discards the measurement under way", () => {
    let log = beatAnswered(beatSeen(emptyBeatLog, 1_000), 1_012);
    log = beatPaused(beatSeen(log, 31_000));
    expect(log).toEqual({ beats: [12, -1], measuringSinceMs: null });
    expect(beatAnswered(log, 40_000)).toEqual(log);
  });

  it("HB2 is bounded", () => {
    let log = emptyBeatLog;
    for (let beat = 0; beat < 100; beat += 1) log = beatAnswered(beatSeen(log, beat), beat + 1);
    expect(log.beats).toHaveLength(BEATS_KEPT);
  });
});
