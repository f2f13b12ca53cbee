import { once } from "node:events";
import { PassThrough, type Writable } from "node:stream";
import { expect, test } from "vitest";
import * as ws from "ws";
import { Frame } from "./frame.ts";

/** Exported, though its types are not. */
const { Receiver } = ws as unknown as { readonly Receiver: new () => Writable };

/** What the parser of `ws` makes of the bytes. */
async function parsed(bytes: Buffer): Promise<{ readonly text: string; readonly isBinary: boolean }> {
  const receiver = new Receiver();
  const message = once(receiver, "message");
  new PassThrough().end(bytes).pipe(receiver);
  const [data, isBinary] = await message;
  return { text: String(data), isBinary };
}

const lengths = [0, 1, 125, 126, 65_535, 65_536, 100_000];

test.each(lengths)("a text of %d bytes is read as it was given, and written anywhere as it is", async (length) => {
  const text = "x".repeat(length);
  const frame = new Frame(text);
  const target = Buffer.alloc(frame.length + 2, 7);
  frame.writeTo(target, 1);
  expect(target.subarray(1, -1)).toEqual(frame.bytes);
  expect([target[0], target.at(-1)]).toEqual([7, 7]);
  frame.writeTo(target, 1);
  expect(target.subarray(1, -1)).toEqual(frame.bytes);
  expect(frame.bytes).toBe(frame.bytes);
  expect(await parsed(frame.bytes)).toEqual({ text, isBinary: false });
  expect(frame.payload).toBe(text);
});

test.each(lengths)("%d bytes are binary", async (length) => {
  const bytes = Buffer.alloc(length, "y");
  expect(await parsed(new Frame(bytes).bytes)).toEqual({ text: String(bytes), isBinary: true });
});

test("a text in pieces, some of them as UTF-8, is one text", async () => {
  const frame = new Frame(["é{", Buffer.from("ö"), "}", ""]);
  expect(frame.payload).toBe("é{ö}");
  expect(frame.length).toBe(2 + 6);
  expect(await parsed(frame.bytes)).toEqual({ text: "é{ö}", isBinary: false });
});
