import fc from "fast-check";
import { expect, it } from "vitest";
import { holds } from "../testing/property.ts";
import { sampleRecord, sampleStates } from "../testing/sampleRecords.ts";
import type { LiveState, SessionRecord } from "./record.ts";
import { Registry } from "./registry.ts";

const step = fc.record({
  at: fc.nat(7),
  kind: fc.constantFrom("user", "admin"),
  do: fc.constantFrom("connect", "hello", "move", "move", "move", "remove", "leave"),
} as const);

/** The next states of a session, according to the diagram. */
const next: Record<LiveState["name"], () => LiveState> = {
  opening: () => sampleStates.active(),
  active: () => sampleStates.suspended(),
  suspended: () => sampleStates.ending(),
  ending: () => sampleStates.ended(),
  ended: () => sampleStates.ended(),
};

it("SES1 the counts match the sessions, whatever was added and removed", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const registry = new Registry();
      const records: SessionRecord[] = Array.from({ length: 8 }, () => sampleRecord(sampleStates.opening()));
      for (const { at, kind, do: what } of steps) {
        const record = records[at] as SessionRecord;
        const known = registry.get(record.id) === record;
        if (what === "connect" && !known && record.state.name === "opening") registry.addOpening(record);
        else if (what === "leave" && !known) registry.removeOpening(record);
        else if (what === "hello" && !known && record.state.name === "opening") {
          record.kind = kind;
          registry.add(record);
        } else if (what === "move" && known) registry.move(record, next[record.state.name]());
        else if (what === "remove" && (known || record.state.name === "ended")) {
          registry.remove(record);
          registry.remove(record);
          records[at] = sampleRecord(sampleStates.opening());
        }
        const all = [...registry.sessions()];
        const count = (state: LiveState["name"]) => all.filter((other) => other.state.name === state).length;
        for (const state of ["active", "suspended", "ending"] as const) expect(registry.count(state)).toBe(count(state));
        expect(registry.count("opening")).toBe(count("opening") + registry.waiting);
        expect(registry.size).toBe(all.length);
        const held = all.filter((other) => other.kind === "user" && !["ending", "ended"].includes(other.state.name));
        expect(registry.users).toBe(held.length);
        const admins = (state: LiveState["name"]) =>
          all.filter((other) => other.kind === "admin" && other.state.name === state).length;
        for (const state of ["opening", "active", "suspended", "ending"] as const)
          expect(registry.admins[state]).toBe(admins(state));
      }
    }),
  );
});
