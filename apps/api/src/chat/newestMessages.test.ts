import { expect, test } from "vitest";
import type { StoredMessage } from "../contract/push.ts";
import { NewestMessages } from "./newestMessages.ts";

/** A store whose reads end when they are told to. */
function slowStore() {
  const reads: PromiseWithResolvers<StoredMessage[]>[] = [];
  const history = () => {
    const read = Promise.withResolvers<StoredMessage[]>();
    reads.push(read);
    return read.promise;
  };
  const append = () => Promise.reject(new Error("not asked"));
  return { reads, newest: new NewestMessages({ history, append }, 50, (message) => ({ ...message, person: "ada" })) };
}

const message = (text: string) => ({ text }) as StoredMessage;

test("SOC6 however many ask at once, a room is read twice at most", async () => {
  const { reads, newest } = slowStore();
  const asked = Array.from({ length: 100 }, () => newest.of("one"));
  expect(reads).toHaveLength(1);
  reads[0]?.resolve([message("a")]);
  expect((await asked[0])?.messages).toEqual([{ ...message("a"), person: "ada" }]);
  expect(reads).toHaveLength(2);
  reads[1]?.resolve([message("a"), message("b")]);
  const answers = await Promise.all(asked.slice(1));
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]?.messages).toMatchObject([message("a"), message("b")]);
  expect(JSON.parse(String(answers[0]?.json))).toEqual(answers[0]?.messages);
});

test("who asks while a read is under way is answered by one that began later", async () => {
  const { reads, newest } = slowStore();
  const first = newest.of("one");
  const second = newest.of("one");
  reads[0]?.resolve([]);
  await first;
  const third = newest.of("one");
  reads[1]?.resolve([message("stored before the second asked")]);
  expect((await second).messages).toHaveLength(1);
  await expect.poll(() => reads.length).toBe(3);
  reads[2]?.resolve([message("x"), message("y")]);
  expect((await third).messages).toHaveLength(2);
});

test("a read that fails costs those who wait for it, and nobody after them", async () => {
  const { reads, newest } = slowStore();
  const [first, second] = [newest.of("one"), newest.of("one")];
  reads[0]?.reject(new Error("busy"));
  await expect(first).rejects.toThrow("busy");
  reads[1]?.resolve([message("a")]);
  expect((await second).messages).toEqual([{ ...message("a"), person: "ada" }]);
  void newest.of("one");
  expect(reads).toHaveLength(3);
});

test("rooms do not wait for each other", () => {
  const { reads, newest } = slowStore();
  void newest.of("one");
  void newest.of("two");
  expect(reads).toHaveLength(2);
});
