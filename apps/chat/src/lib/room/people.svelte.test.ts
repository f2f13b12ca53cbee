import type { RoomMember } from "@lastbeat/api";
import { describe, expect, test } from "vitest";
import { peopleOf, typingPeople } from "./people.ts";

const member = (sessionId: string, person: string, presence: RoomMember["presence"] = "present"): RoomMember => ({
  sessionId,
  person,
  presence,
  user: person.toUpperCase(),
  joinedAtMs: Number(sessionId),
});

describe("people", () => {
  test("two tabs of one person are one person, as present as the better of them", () => {
    const people = peopleOf([
      member("3", "ana", "suspended"),
      member("2", "bo"),
      member("1", "ana", "suspect"),
      member("4", "ana"),
    ]);
    expect(people).toEqual([
      { key: "ana", user: "ANA", number: 1, presence: "present", sessionIds: ["3", "1", "4"], joinedAtMs: 1 },
      { key: "bo", user: "BO", number: 1, presence: "present", sessionIds: ["2"], joinedAtMs: 2 },
    ]);
    expect(peopleOf([member("3", "ana", "suspended"), member("1", "ana", "suspect")])[0]?.presence).toBe("suspect");
  });

  test("who types in two tabs is named once, and nobody is told that they type themselves", () => {
    const people = peopleOf([member("1", "ana"), member("2", "ana"), member("3", "bo"), member("4", "bo")]);
    const typing = new Map([
      ["2", "ANA"],
      ["3", "BO"],
      ["4", "BO"],
      ["9", "SOMEBODY NEW"],
    ]);
    expect(typingPeople(people, typing, "1")).toEqual(["BO", "SOMEBODY NEW"]);
  });

  test("WHO1 two persons of one name are told apart, also where they type", () => {
    const two = [member("1", "ana"), { ...member("2", "other"), user: "ANA" }];
    const people = peopleOf(two);
    expect(people.map(({ user, number }) => [user, number])).toEqual([
      ["ANA", 1],
      ["ANA", 2],
    ]);
    expect(typingPeople(people, new Map([["2", "ANA"]]), null)).toEqual(["ANA (2)"]);
  });
});
