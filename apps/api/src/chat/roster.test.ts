import type { Session } from "@lastbeat/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MemberChanges, MemberSnapshot, RoomMember } from "../contract/push.ts";
import { type Member, Roster } from "./roster.ts";

function member(id: string): Member {
  return {
    session: { id, user: `user of ${id}` } as Session,
    person: id,
    joinedAtMs: 0,
    presence: "present",
    knownVersion: 0,
    typedAtMs: 0,
    sending: 0,
    typedWhileSending: false,
    joining: 0,
    disown: () => {},
  };
}

/** A client that believes what it is told. */
class Follower {
  version = 0;
  total = 0;
  members = new Map<string, RoomMember>();

  take(snapshot: MemberSnapshot): void {
    this.version = snapshot.version;
    this.total = snapshot.total;
    this.members = new Map(snapshot.members.map((one) => [one.sessionId, one]));
  }

  apply({ since, version, total, changed, left }: MemberChanges): void {
    expect(since).toBe(this.version);
    for (const id of left) this.members.delete(id);
    for (const one of changed) this.members.set(one.sessionId, one);
    [this.version, this.total] = [version, total];
  }

  /** Follows until there is nothing more to tell. */
  follow(roster: Roster): void {
    while (this.version < roster.version) {
      const changes = this.version === 0 ? null : roster.changesAfter(this.version);
      if (changes === null) this.take(roster.snapshot());
      else this.apply(changes);
    }
  }

  expectSame(roster: Roster): void {
    const { members, total } = roster.snapshot();
    expect([...this.members.values()].sort(byId)).toEqual([...members].sort(byId));
    expect(this.total).toBe(total);
  }
}

const byId = (a: RoomMember, b: RoomMember) => (a.sessionId < b.sessionId ? -1 : 1);

describe("roster", () => {
  test("changes from any known version lead to the same members", () => {
    const step = fc.record({
      what: fc.constantFrom("add", "add", "remove", "suspect", "present", "follow"),
      whom: fc.nat(400),
      follower: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1_500 }), (steps) => {
        const roster = new Roster();
        const followers = [new Follower(), new Follower(), new Follower()];
        for (const { what, whom, follower } of steps) {
          const id = `s${whom}`;
          if (what === "add" && roster.get(id) === undefined) roster.add(member(id));
          if (what === "remove") roster.remove(id);
          if (what === "suspect" || what === "present") roster.setPresence(id, what);
          if (what === "follow") followers[follower]?.follow(roster);
        }
        for (const follower of followers) {
          follower.follow(roster);
          follower.expectSame(roster);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("lists 200 in the order of joining, counts the others, and the next moves up when one goes", () => {
    const roster = new Roster();
    for (let i = 0; i < 300; i += 1) roster.add(member(`s${i}`));
    const client = new Follower();
    client.follow(roster);
    expect([client.members.size, client.total]).toEqual([200, 300]);
    roster.remove("s250");
    roster.remove("s7");
    client.follow(roster);
    client.expectSame(roster);
    expect([client.members.has("s7"), client.members.has("s200"), client.members.has("s201")]).toEqual([false, true, false]);
    expect(client.total).toBe(298);
  });

  test("tells at most 50 changes at once, the oldest first", () => {
    const roster = new Roster();
    roster.add(member("first"));
    const known = roster.version;
    for (let i = 0; i < 120; i += 1) roster.add(member(`s${i}`));
    const changes = roster.changesAfter(known);
    expect(changes?.changed.map(({ sessionId }) => sessionId)).toEqual(Array.from({ length: 50 }, (_, i) => `s${i}`));
    expect(changes?.version).toBe(known + 50);
  });

  test("SOC5 a member that keeps joining and leaving costs the others one change, never the full list", () => {
    const roster = new Roster();
    for (let i = 0; i < 100; i += 1) roster.add(member(`s${i}`));
    const known = roster.version;
    for (let i = 0; i < 500; i += 1) {
      roster.add(member("restless"));
      roster.remove("restless");
    }
    expect(roster.changesAfter(known)).toMatchObject({ version: roster.version, changed: [], left: ["restless"] });
  });

  test("a version too old, or one that never was, gets the whole list", () => {
    const roster = new Roster();
    for (let i = 0; i < 500; i += 1) {
      roster.add(member(`s${i}`));
      if (i > 0) roster.remove(`s${i - 1}`);
    }
    expect(roster.changesAfter(1)).toBeNull();
    expect(roster.changesAfter(roster.version + 1)).toBeNull();
    expect(roster.changesAfter(roster.version)).toMatchObject({ changed: [], left: [] });
  });
});
