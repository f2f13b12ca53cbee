import fc from "fast-check";
import { expect, it } from "vitest";
import { holds } from "../testing/property.ts";
import { BEATS_KEPT, type Beat, BeatHistory } from "./beatHistory.ts";

const SESSIONS = 4;
const step = fc.record({
  session: fc.nat(SESSIONS - 1),
  beat: fc.oneof(fc.nat(120_000), fc.constant(null), fc.constant(-1), fc.constant("leave" as const)),
});

it("HB2 keeps the latest 32 beats of each session, as a list of its own would, and nothing of who had the place before", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const history = new BeatHistory();
      const slots = Array.from({ length: SESSIONS }, () => history.acquire());
      const lists: Beat[][] = slots.map(() => []);
      for (const { session, beat } of steps) {
        const slot = slots[session] as number;
        const list = lists[session] as Beat[];
        if (beat === "leave") {
          history.release(slot);
          slots[session] = history.acquire();
          list.length = 0;
        } else {
          if (beat === null) history.missed(slot);
          else if (beat === -1) history.paused(slot);
          else history.answered(slot, beat);
          list.push(beat === null || beat < 0 ? beat : Math.min(beat, 0xfffc));
        }
      }
      slots.forEach((slot, session) => {
        expect(history.read(slot)).toEqual(lists[session]?.slice(-BEATS_KEPT));
      });
    }),
  );
});

it("HB2 gives thousands of sessions places of their own", () => {
  const history = new BeatHistory();
  const slots = Array.from({ length: 3_000 }, () => history.acquire());
  slots.forEach((slot, at) => {
    history.answered(slot, at);
  });
  expect(new Set(slots).size).toBe(3_000);
  expect(slots.every((slot, at) => history.read(slot)[0] === at)).toBe(true);
});
