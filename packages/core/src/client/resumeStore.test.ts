import { describe, expect, it } from "vitest";
import { createResumeStore, type KeyValueStore } from "./resumeStore.ts";

function storageWith(entries: Record<string, string> = {}): KeyValueStore & { readonly entries: Map<string, string> } {
  const map = new Map(Object.entries(entries));
  return {
    entries: map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => map.set(key, value),
    removeItem: (key) => map.delete(key),
  };
}

describe("resumeStore", () => {
  it("SES5 returns a ticket only once, so that a duplicated tab finds none", () => {
    const storage = storageWith();
    const store = createResumeStore(storage, "resume");
    store.put({ sessionId: "session_1", token: "secret" });
    expect(store.take()).toEqual({ sessionId: "session_1", token: "secret" });
    expect(store.take()).toBeNull();
    expect(storage.entries.size).toBe(0);
  });

  it.each(["", "null", "[]", "{", '{"sessionId":"a"}', '{"sessionId":1,"token":"t"}'])("SES5 reads %j as no ticket", (text) => {
    expect(createResumeStore(storageWith({ resume: text }), "resume").take()).toBeNull();
  });

  it("SES5 tolerates a storage that throws", () => {
    const refuse = () => {
      throw new Error("denied");
    };
    const store = createResumeStore({ getItem: refuse, setItem: refuse, removeItem: refuse }, "resume");
    expect(() => store.put({ sessionId: "a", token: "b" })).not.toThrow();
    expect(store.take()).toBeNull();
  });
});
