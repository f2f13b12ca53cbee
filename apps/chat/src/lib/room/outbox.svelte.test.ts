import type { ChatMessage } from "@lastbeat/api";
import { describe, expect, test, vi } from "vitest";
import type { KeptValues } from "../storage/keptValues.ts";
import { storedMessage } from "../testing/storedMessage.ts";
import { Outbox, type Send } from "./outbox.svelte.ts";

function memory(): KeptValues {
  const values = new Map<string, string>();
  return {
    read: (key) => values.get(key) ?? null,
    write: (key, value) => void (value === null ? values.delete(key) : values.set(key, value)),
  };
}

function setUp(kept = memory()) {
  let ids = 0;
  const stored: ChatMessage[] = [];
  const outbox = new Outbox({
    kept,
    key: "outbox.general",
    newId: () => `id-${++ids}`,
    now: () => 1_000,
    stored: (message) => stored.push(message),
  });
  return { outbox, stored, kept };
}

/** A server that keeps what it was sent, once an id. */
function server() {
  const kept = new Map<string, string>();
  const send: Send = async ({ id, text }) => {
    if (!kept.has(id)) kept.set(id, text);
    return { stored: storedMessage({ id, text }) };
  };
  return { kept, send };
}

const settled = (outbox: Outbox) => vi.waitFor(() => expect(outbox.messages).toEqual([]));

describe("outbox", () => {
  test("what is written without a connection is sent with the next one, in order", async () => {
    const { outbox, stored } = setUp();
    const { send, kept } = server();
    outbox.add("one");
    outbox.add("two");
    outbox.add("three");
    expect(outbox.messages.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    outbox.connect(send);
    await settled(outbox);
    expect([...kept.values()]).toEqual(["one", "two", "three"]);
    expect(stored.map(({ id }) => id)).toEqual(["id-1", "id-2", "id-3"]);
  });

  test("a message whose answer was lost is sent again under the same id, and so stored once", async () => {
    const { outbox, stored } = setUp();
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
    const { outbox } = setUp();
    const dead = vi.fn<Send>(async () => null);
    outbox.connect(dead);
    outbox.add("one");
    await vi.waitFor(() => expect(dead).toHaveBeenCalledOnce());
    outbox.add("two");
    await Promise.resolve();
    expect(dead).toHaveBeenCalledOnce();
  });

  test("a connection that comes while the last one still hangs takes over", async () => {
    const { outbox } = setUp();
    const { send, kept } = server();
    let hang: (outcome: null) => void = () => {};
    outbox.connect(() => new Promise((resolve) => (hang = resolve)));
    outbox.add("one");
    outbox.connect(null);
    outbox.connect(send);
    hang(null);
    await settled(outbox);
    expect([...kept.values()]).toEqual(["one"]);
  });

  test("a refused message stays with its reason and lets the others pass; it can be retried or discarded", async () => {
    const { outbox } = setUp();
    const { send, kept } = server();
    let refuse = true;
    outbox.connect(async (message) => (message.text === "bad" && refuse ? { refusal: "Too long." } : send(message)));
    outbox.add("bad");
    outbox.add("good");
    await vi.waitFor(() => expect(outbox.messages).toHaveLength(1));
    expect(outbox.messages[0]).toMatchObject({ text: "bad", refusal: "Too long." });
    refuse = false;
    outbox.retry("id-1");
    await settled(outbox);
    expect([...kept.values()]).toEqual(["good", "bad"]);

    refuse = true;
    outbox.add("bad");
    await vi.waitFor(() => expect(outbox.messages[0]?.refusal).toBe("Too long."));
    outbox.discard("id-3");
    expect(outbox.messages).toEqual([]);
  });

  test("survives a reload of the page", async () => {
    const { outbox, kept } = setUp();
    outbox.add("before the reload");
    const { outbox: reloaded } = setUp(kept);
    const { send, kept: atServer } = server();
    reloaded.connect(send);
    await settled(reloaded);
    expect([...atServer.entries()]).toEqual([["id-1", "before the reload"]]);
    expect(kept.read("outbox.general")).toBeNull();
  });

  test.each(["", "{", "null", '[{"id":1}]', '[{"id":"a","text":"b"}]'])("reads junk %j as empty", (junk) => {
    const kept = memory();
    kept.write("outbox.general", junk);
    expect(setUp(kept).outbox.messages).toEqual([]);
  });
});
