import type { RoomMember } from "@lastbeat/api";
import { describe, expect, test } from "vitest";
import { afterChanges } from "./knownMembers.ts";

const member = (user: string, presence: RoomMember["presence"] = "present"): RoomMember => ({
  sessionId: `session_${user}`,
  user,
  person: user,
  presence,
  joinedAtMs: 0,
});
const known = { version: 7, total: 2, members: [member("Ana"), member("Bruno")] };

describe("known members", () => {
  test("changes are taken in: who came, who is otherwise, who went", () => {
    const changed = [member("Ana", "suspect"), member("Chiara")];
    expect(afterChanges(known, { since: 7, version: 10, total: 2, changed, left: ["session_Bruno"] })).toEqual({
      version: 10,
      total: 2,
      members: changed,
    });
  });

  test("changes that overlap with what is known are taken in, those known already are not", () => {
    const changed = [member("Chiara")];
    expect(afterChanges(known, { since: 5, version: 8, total: 3, changed, left: [] })?.members).toHaveLength(3);
    expect(afterChanges(known, { since: 5, version: 7, total: 2, changed: [member("Ana", "suspect")], left: [] })).toBe(known);
  });

  test("a missing change is noticed", () => {
    expect(afterChanges(known, { since: 8, version: 9, total: 3, changed: [member("Chiara")], left: [] })).toBeNull();
  });
});
