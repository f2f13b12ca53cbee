import fc from "fast-check";
import { expect, it } from "vitest";
import { endReasonNames } from "../protocol/endReason.ts";
import { holds } from "../testing/property.ts";
import { sampleCause, sampleStates } from "../testing/sampleRecords.ts";
import type { EndCause, SessionState } from "./session.ts";
import { type LifecycleEvent, type Transition, transition } from "./transition.ts";

const cause = fc.constantFrom(...endReasonNames).map((reason): EndCause => sampleCause(reason));
const event: fc.Arbitrary<LifecycleEvent> = fc.oneof(
  fc.constantFrom<LifecycleEvent>(
    { type: "hello" },
    { type: "refused" },
    { type: "recorded" },
    { type: "attached" },
    { type: "grace_over" },
  ),
  fc.record({ type: fc.constant("lost" as const), cause }),
  fc.record({ type: fc.constant("end" as const), cause }),
);

/** Applies a transition as the keeper does, without a keeper. */
function follow(state: SessionState, next: Transition): SessionState {
  switch (next.to) {
    case "recording":
      return sampleStates.recording();
    case "active":
      return sampleStates.active();
    case "suspended":
      return sampleStates.suspended(next.graceMs, next.loss);
    case "ending":
      return sampleStates.ending(0, next.cause);
    case "dropped":
      return sampleStates.over();
    case "unchanged":
      return state;
  }
}

/** The possible next states, from the diagram above the states. */
const successors: Record<SessionState["name"], readonly SessionState["name"][]> = {
  opening: ["opening", "active", "ending"],
  active: ["active", "suspended", "ending"],
  suspended: ["suspended", "active", "ending"],
  ending: ["ending"],
  ended: ["ended"],
};

it("SES1 SES2 in any order of events, a session follows the diagram and keeps the first cause of its end", () => {
  holds(
    fc.property(fc.array(event, { maxLength: 20 }), fc.constantFrom(0, 30_000), (events, graceMs) => {
      let state: SessionState = sampleStates.recording();
      let first: EndCause | null = null;
      for (const happened of events) {
        const next = transition(state, happened, graceMs);
        const after = follow(state, next);
        expect(successors[state.name]).toContain(after.name);
        if (next.to === "ending") {
          expect(first).toBe(null);
          first = next.cause;
        }
        if (after.name === "ending") expect(after.cause).toBe(first);
        if (graceMs === 0) expect(after.name).not.toBe("suspended");
        state = after;
      }
    }),
    500,
  );
});
