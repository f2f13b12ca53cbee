import { describe, expect, test } from "vitest";
import { storedMessage } from "../testing/storedMessage.ts";
import { catchUp, continuesBlock, mergeMessages } from "./messages.ts";

const list = (...seqs: number[]) => seqs.map((seq) => storedMessage({ seq }));
const seqs = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);

describe("messages", () => {
  test("each message stands once, in the server's order, however it came", () => {
    expect(seqs(mergeMessages(list(3, 4), list(4, 1, 5, 3)))).toEqual([1, 3, 4, 5]);
  });

  test("after a reconnect, messages that follow on are added", () => {
    expect(seqs(catchUp(list(1, 2, 3), list(2, 3, 4)))).toEqual([1, 2, 3, 4]);
    expect(seqs(catchUp(list(1, 2), []))).toEqual([1, 2]);
    expect(seqs(catchUp([], list(7)))).toEqual([7]);
  });

  test("after a reconnect that leaves a hole, the newest stand alone", () => {
    expect(seqs(catchUp(list(1, 2, 3), list(90, 91)))).toEqual([90, 91]);
  });

  test("a block is one person of one name, within five minutes", () => {
    const first = storedMessage({ seq: 1, sentAtMs: 0 });
    expect(continuesBlock(storedMessage({ seq: 2, sentAtMs: 299_999 }), first)).toBe(true);
    expect(continuesBlock(storedMessage({ seq: 2, sentAtMs: 300_000 }), first)).toBe(false);
    expect(continuesBlock(storedMessage({ seq: 2, sentAtMs: 1, user: "Ana" }), first)).toBe(false);
    expect(continuesBlock(storedMessage({ seq: 2, sentAtMs: 1, person: "another Bruno" }), first)).toBe(false);
    expect(continuesBlock(storedMessage({ seq: 2, sentAtMs: 1, sessionId: "other" }), first)).toBe(true);
    expect(continuesBlock(first, undefined)).toBe(false);
  });
});
