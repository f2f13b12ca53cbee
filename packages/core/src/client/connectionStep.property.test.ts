import fc from "fast-check";
import { expect, it } from "vitest";
import { unit } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { type ConnectionState, deadlineOf } from "./connectionState.ts";
import { type ConnectionEvent, defaultTiming, type StepContext, stepConnection } from "./connectionStep.ts";

const terms = fc
  .record({ intervalMs: fc.integer({ min: 200, max: 60_000 }), pongTimeoutMs: fc.integer({ min: 100, max: 60_000 }) })
  .map((drawn) => ({ ...drawn, maxFailures: 3, boundMs: drawn.intervalMs + 3 * drawn.pongTimeoutMs + 100 }));

const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
  fc.constantFrom<ConnectionEvent>({ type: "start" }, { type: "heard" }),
  { weight: 1, arbitrary: fc.constant<ConnectionEvent>({ type: "left" }) },
  fc.record({ type: fc.constant("welcomed" as const), terms, drives: fc.boolean() }),
  fc.record({ type: fc.constant("terms" as const), terms }),
  fc.record({ type: fc.constant("hint" as const), online: fc.boolean() }),
  fc.record({
    type: fc.constant("closed" as const),
    code: fc.constantFrom(1000, 1006, 1012, 4001, 4501),
    reason: fc.constant(""),
  }),
  fc.record({ type: fc.constant("due" as const), lateMs: fc.constantFrom(0, 10, 5_000) }),
);

const move = fc.record({ event, afterMs: fc.nat(40_000), random: unit(), hasTicket: fc.boolean() });

it("HB7 CLT4 whatever happens, a client has at most one link, and a deadline exactly while it waits, never in the past", () => {
  holds(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      let state: ConnectionState = { name: "idle" };
      let links = 0;
      let nowMs = 0;
      for (const { event: happened, afterMs, random, hasTicket } of moves) {
        // Time never passes a deadline without a `due` event.
        const dueAtMs = deadlineOf(state);
        nowMs =
          happened.type === "due" && dueAtMs !== null ? Math.max(nowMs, dueAtMs) : Math.min(nowMs + afterMs, dueAtMs ?? Infinity);
        const context: StepContext = { nowMs, random, hasTicket, timing: defaultTiming };
        // New terms arrive in a frame, and a frame is reported as heard before it is parsed.
        if (happened.type === "terms") state = stepConnection(state, { type: "heard" }, context).state;
        const { state: after, effects } = stepConnection(state, happened, context);
        // A close removes the link; the driver drops a link that is abandoned.
        if (effects.includes("abandon") || (happened.type === "closed" && after !== state)) links = 0;
        links += effects.filter((effect) => effect === "open").length;
        expect(links).toBeLessThanOrEqual(1);
        if (effects.includes("probe")) expect(after.name).toBe("checking");
        expect(deadlineOf(after) === null).toBe(after.name === "idle" || after.name === "ended");
        if (after !== state) expect(deadlineOf(after) ?? nowMs).toBeGreaterThanOrEqual(nowMs);
        if (after.name === "waiting" || after.name === "ended" || after.name === "idle") links = 0;
        state = after;
      }
    }),
    300,
  );
});
