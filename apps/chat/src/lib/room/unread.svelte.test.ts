import { describe, expect, test } from "vitest";
import type { KeptValues } from "../storage/keptValues.ts";
import { storedMessage } from "../testing/storedMessage.ts";
import { Unread } from "./unread.svelte.ts";

function memory(seen: string | null = null): KeptValues & { seen: string | null } {
  return {
    seen,
    read() {
      return this.seen;
    },
    write(_key, value) {
      this.seen = value;
    },
  };
}

const list = (count: number, user = "Bruno") =>
  Array.from({ length: count }, (_, index) => storedMessage({ seq: index + 1, user }));
const mine = (message: { user: string }) => message.user === "Ana";

describe("unread", () => {
  test("a room entered for the first time has nothing unread", () => {
    const unread = new Unread(memory(), "general");
    unread.arrived(list(20), mine);
    expect([unread.count, unread.markSeq]).toEqual([0, null]);
  });

  test("messages since the last visit are counted and marked", () => {
    const unread = new Unread(memory("15"), "general");
    unread.arrived(list(20), mine);
    expect([unread.count, unread.markSeq]).toEqual([5, 16]);
  });

  test("looking at them clears the count, keeps the mark, and is remembered", () => {
    const kept = memory("15");
    const unread = new Unread(kept, "general");
    unread.arrived(list(20), mine);
    unread.watch(true, 20);
    expect([unread.count, unread.markSeq, kept.seen]).toEqual([0, 16, "20"]);
    unread.arrived(list(21), mine);
    expect([unread.count, kept.seen]).toEqual([0, "21"]);
  });

  test("what arrives while nobody looks is counted, the mark at its first", () => {
    const unread = new Unread(memory(), "general");
    unread.arrived(list(3), mine);
    unread.watch(true, 3);
    unread.watch(false, 3);
    unread.arrived(list(4), mine);
    unread.arrived(list(5), mine);
    expect([unread.count, unread.markSeq]).toEqual([2, 4]);
    unread.clearMark();
    expect(unread.markSeq).toBeNull();
  });

  test("own messages are never unread", () => {
    const unread = new Unread(memory("1"), "general");
    unread.arrived(list(5, "Ana"), mine);
    expect([unread.count, unread.markSeq]).toEqual([0, null]);
  });

  test("a remembered value that is no number is as good as none", () => {
    const unread = new Unread(memory("many"), "general");
    unread.arrived(list(5), mine);
    expect(unread.count).toBe(0);
  });
});
