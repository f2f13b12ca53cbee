import { beforeEach, describe, expect, test } from "vitest";
import { isRoomName, nameProblem, recentRooms, rememberRoom, roomProblem, toRoomName } from "./identity.ts";

beforeEach(() => localStorage.clear());

describe("identity", () => {
  test.each([
    ["general", true],
    ["a-b_c-9", true],
    ["x".repeat(40), true],
    ["x".repeat(41), false],
    ["General", false],
    ["two words", false],
    ["../etc", false],
    ["", false],
  ])("room %j is allowed: %s", (room, allowed) => {
    expect(isRoomName(room)).toBe(allowed);
    expect(roomProblem(room) === null).toBe(allowed);
  });

  test.each([
    ["General Chat", "general-chat"],
    ["Café", "cafe"],
    ["--x--", "x"],
    ["日本", ""],
    [`${"y".repeat(50)}`, "y".repeat(40)],
  ])("the nearest room to %j is %j", (text, room) => {
    expect(toRoomName(text)).toBe(room);
  });

  test("a name is 1 to 40 characters, not counting spaces around it", () => {
    expect(nameProblem("  ")).not.toBeNull();
    expect(nameProblem(` ${"n".repeat(40)} `)).toBeNull();
    expect(nameProblem("n".repeat(41))).not.toBeNull();
  });

  test("the latest five rooms are remembered, latest first, each once", () => {
    for (const room of ["a", "b", "c", "d", "a", "e", "f"]) rememberRoom(room);
    expect(recentRooms()).toEqual(["f", "e", "a", "d", "c"]);
  });
});
