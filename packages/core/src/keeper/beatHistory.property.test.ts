import fc from "fast-check";
import { expect, it } from "vitest";
import { holds } from "../testing/property.ts";
import { BEATS_KEPT, type Beat, BeatHistory } from "./beatHistory.ts";

const SESSIONS = 4;
const step = fc.record({
  session: fc.nat(SESSIONS - 1),
  beat: fc.oneof(fc.nat(120_000), fc.constant(null), fc.constant(-1), fc.constant(-2), fc.constant("leave" as const)),
});

function record(history: BeatHistory, mark: number, beat: Beat): number {
  if (beat === null) return history.missed(mark);
  if (beat === -1) return history.paused(mark);
  return beat === -2 ? history.heard(mark) : history.answered(mark, beat);
}

it("HB2 keeps the latest 32 beats of each session, like a separate list, and nothing of the row's previous session", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const history = new BeatHistory();
      const marks = Array.from({ length: SESSIONS }, () => history.acquire());
      const lists: Beat[][] = marks.map(() => []);
      for (const { session, beat } of steps) {
        const mark = marks[session] as number;
        const list = lists[session] as Beat[];
        if (beat === "leave") {
          history.release(mark);
          marks[session] = history.acquire();
          list.length = 0;
        } else {
          marks[session] = record(history, mark, beat);
          list.push(beat === null || beat < 0 ? beat : Math.min(beat, 0xfffb));
        }
      }
      marks.forEach((mark, session) => {
        const kept = lists[session]?.slice(-BEATS_KEPT) ?? [];
        expect(history.read(mark)).toEqual(kept);
        expect(history.latest(mark)).toBe(kept.findLast((beat) => beat !== null && beat >= 0) ?? null);
      });
    }),
  );
});

it("HB2 gives thousands of sessions separate rows", () => {
  const history = new BeatHistory();
  const marks = Array.from({ length: 3_000 }, () => history.acquire()).map((mark, at) => history.answered(mark, at));
  expect(new Set(marks).size).toBe(3_000);
  expect(marks.every((mark, at) => history.read(mark)[0] === at)).toBe(true);
});
