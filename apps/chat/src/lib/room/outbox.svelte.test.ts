import type { ChatMessage } from "@lastbeat/api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { storedMessage } from "../testing/storedMessage.ts";
import { Outbox, type Send } from "./outbox.svelte.ts";
import { type OutboxShelf, outboxShelf } from "./outboxShelf.ts";
import { webLockTurns } from "./sendTurns.ts";

let ids = 0;
const tabs: Outbox[] = [];
beforeEach(() => {
  ids = 0;
  localStorage.clear();
});
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.dispose();
});

/** A tab of this browser, with the browser's own storage and locks. Tabs of one page hear of each other by `tell`. */
function tab({
  name = "Ana",
  shelf = outboxShelf(() => localStorage, "general", name),
  sleep = async () => {},
}: {
  name?: string;
  shelf?: OutboxShelf;
  sleep?: (ms: number) => Promise<void>;
} = {}) {
  const stored: ChatMessage[] = [];
  const outbox = new Outbox({
    shelf,
    turns: webLockTurns(navigator.locks),
    newId: () => `id-${++ids}`,
    now: () => 1_000,
    stored: (message) => stored.push(message),
    sleep,
  });
  tabs.push(outbox);
  return { outbox, stored };
}

/** A browser tells the other tabs, never the one that wrote; here all are in one page. */
const tell = () => window.dispatchEvent(new StorageEvent("storage", { key: null }));

/** A server that keeps what it was sent, once an id. */
function server() {
  const kept = new Map<string, string>();
  const calls: string[] = [];
  const send: Send = async ({ id, text }) => {
    calls.push(id);
    if (!kept.has(id)) kept.set(id, text);
    return { stored: storedMessage({ id, text }) };
  };
  return { kept, calls, send };
}

const settled = (outbox: Outbox) => vi.waitFor(() => expect(outbox.messages).toEqual([]));

describe("outbox", () => {
  test("WHO5 a message that comes too soon waits as long as the server says, and is sent again before those after it", async () => {
    const slept: number[] = [];
    const { promise: passed, resolve: pass } = Promise.withResolvers<void>();
    const sleep = (ms: number) => {
      slept.push(ms);
      return passed;
    };
    const { outbox, stored } = tab({ sleep });
    const { send, calls } = server();
    let early = true;
    outbox.connect(async (message) => (early ? { retryAfterMs: 1_500 } : send(message)));
    outbox.add("one");
    outbox.add("two");
    await vi.waitFor(() => expect(slept).toEqual([1_500]));
    expect([outbox.slowed, outbox.waiting]).toEqual([true, 2]);
    early = false;
    pass();
    await settled(outbox);
    expect(calls).toEqual(["id-1", "id-2"]);
    expect([outbox.slowed, stored.length]).toEqual([false, 2]);
  });

  test("what is written without a connection is sent with the next one, in order", async () => {
    const { outbox, stored } = tab();
    const { send, kept } = server();
    outbox.add("one");
    outbox.add("two");
    outbox.add("three");
    expect(outbox.messages.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(outbox.waiting).toBe(3);
    outbox.connect(send);
    await settled(outbox);
    expect([...kept.values()]).toEqual(["one", "two", "three"]);
    expect(stored.map(({ id }) => id)).toEqual(["id-1", "id-2", "id-3"]);
  });

  test("a message whose answer was lost is sent again under the same id, and so stored once", async () => {
    const { outbox, stored } = tab();
    const { send, kept } = server();
    const loseAnswer = vi.fn<Send>(async (message) => {
      await send(message);
      return null;
    });
    outbox.connect(loseAnswer);
    outbox.add("precious");
    await vi.waitFor(() => expect(loseAnswer).toHaveBeenCalledOnce());
    expect(outbox.messages).toHaveLength(1);
    outbox.connect(send);
    await settled(outbox);
    expect([...kept.entries()]).toEqual([["id-1", "precious"]]);
    expect(stored).toHaveLength(1);
  });

  test("after a failed connection nothing is sent through it any more", async () => {
    const { outbox } = tab();
    const dead = vi.fn<Send>(async () => null);
    outbox.connect(dead);
    outbox.add("one");
    await vi.waitFor(() => expect(dead).toHaveBeenCalledOnce());
    outbox.add("two");
    await new Promise((resolve) => setTimeout(resolve));
    expect(dead).toHaveBeenCalledOnce();
  });

  test("a connection that comes while the last one still hangs takes over", async () => {
    const { outbox } = tab();
    const { send, kept } = server();
    let hang: ((outcome: null) => void) | undefined;
    outbox.connect(() => new Promise((resolve) => (hang = resolve)));
    outbox.add("one");
    await vi.waitFor(() => expect(hang).toBeDefined());
    outbox.connect(null);
    outbox.connect(send);
    hang?.(null);
    await settled(outbox);
    expect([...kept.values()]).toEqual(["one"]);
  });

  test("a refused message stays with its reason and lets the others pass; it can be retried or discarded", async () => {
    const { outbox } = tab();
    const { send, kept } = server();
    let refuse = true;
    outbox.connect(async (message) => (message.text === "bad" && refuse ? { refusal: "Too long." } : send(message)));
    outbox.add("bad");
    outbox.add("good");
    await vi.waitFor(() => expect(outbox.messages).toHaveLength(1));
    expect(outbox.messages[0]).toMatchObject({ text: "bad", refusal: "Too long." });
    expect(outbox.waiting).toBe(0);
    refuse = false;
    outbox.retry("id-1");
    await settled(outbox);
    expect([...kept.values()]).toEqual(["good", "bad"]);

    refuse = true;
    outbox.add("bad");
    await vi.waitFor(() => expect(outbox.messages[0]?.refusal).toBe("Too long."));
    outbox.discard("id-3");
    expect(outbox.messages).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  test("survives the tab: the next one in this browser sends it, once", async () => {
    tab().outbox.add("before the tab was closed");
    tabs.splice(0).at(0)?.dispose();
    const { outbox } = tab();
    expect(outbox.messages).toMatchObject([{ id: "id-1", text: "before the tab was closed" }]);
    const { send, calls } = server();
    outbox.connect(send);
    await settled(outbox);
    expect(calls).toEqual(["id-1"]);
    expect(localStorage).toHaveLength(0);
  });

  test("is of one name in one room, whatever the name is made of", () => {
    tab({ name: 'A"/x' }).outbox.add("mine");
    tab({ name: "half \ud83d" }).outbox.add("mine too");
    expect(tab({ name: "A" }).outbox.messages).toEqual([]);
    expect(tab({ name: 'A"' }).outbox.messages).toEqual([]);
    expect(tab({ name: 'A"/x' }).outbox.messages).toHaveLength(1);
    expect(tab({ name: "half \ud83d" }).outbox.messages).toHaveLength(1);
    expect(outboxShelf(() => localStorage, "other", 'A"/x').read()).toEqual([]);
  });

  test("of two connected tabs one sends each message", async () => {
    const [first, second] = [tab(), tab()];
    const { send, kept, calls } = server();
    const slowly: Send = async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return send(message);
    };
    first.outbox.connect(slowly);
    second.outbox.connect(slowly);
    for (let i = 0; i < 10; i += 1) {
      (i % 2 === 0 ? first : second).outbox.add(`message ${i}`);
      tell();
    }
    await settled(first.outbox);
    tell();
    await settled(second.outbox);
    expect(calls).toHaveLength(10);
    expect(kept.size).toBe(10);
  });

  test("what a tab without a connection writes is sent by the one that has one", async () => {
    const [cut, connected] = [tab(), tab()];
    const { send, kept } = server();
    connected.outbox.connect(send);
    cut.outbox.add("written in the cut tab");
    tell();
    await settled(connected.outbox);
    tell();
    expect([...kept.values()]).toEqual(["written in the cut tab"]);
    expect(cut.outbox.messages).toEqual([]);
  });

  test("a tab whose sending hangs holds up its own message only, and leaves it to others when it gives up", async () => {
    const [hanging, connected] = [tab(), tab()];
    let giveUp: ((outcome: null) => void) | undefined;
    hanging.outbox.connect(() => new Promise((resolve) => (giveUp = resolve)));
    hanging.outbox.add("stuck");
    await vi.waitFor(() => expect(giveUp).toBeDefined());
    const { send, kept } = server();
    connected.outbox.connect(send);
    tell();
    connected.outbox.add("free");
    await vi.waitFor(() => expect([...kept.values()]).toEqual(["free"]));
    giveUp?.(null);
    await settled(connected.outbox);
    expect([...kept.values()]).toEqual(["free", "stuck"]);
  });

  test("without storage it works for this page, and nothing is lost while it lives", async () => {
    const shelf = outboxShelf(
      () => {
        throw new DOMException("denied", "SecurityError");
      },
      "general",
      "Ana",
    );
    const { outbox } = tab({ shelf });
    outbox.add("only here");
    tell();
    expect(outbox.messages).toMatchObject([{ text: "only here" }]);
    const { send, kept } = server();
    outbox.connect(send);
    await settled(outbox);
    expect(kept.size).toBe(1);
  });

  test.each(["", "{", "null", '{"id":1}', '{"id":"a","text":"b"}'])("reads junk %j as nothing", (junk) => {
    localStorage.setItem('lastbeat.outbox/general/"Ana"/a', junk);
    expect(tab().outbox.messages).toEqual([]);
  });
});

test("a browser that refuses a lock sends all the same, and work that fails is not done twice", async () => {
  const locks = { request: () => Promise.reject(new DOMException("not here", "SecurityError")) } as unknown as LockManager;
  const turns = webLockTurns(locks);
  let sent = 0;
  const sending = async () => {
    sent += 1;
  };
  expect(await turns.take("a", sending)).toBe(true);
  await turns.free("a");
  const real = webLockTurns(navigator.locks);
  const failing = async () => {
    sent += 1;
    throw new Error("no answer");
  };
  await expect(real.take("b", failing)).rejects.toThrow("no answer");
  expect(sent).toBe(2);
});
