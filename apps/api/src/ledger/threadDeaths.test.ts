import type { Worker } from "node:worker_threads";
import { createSessionKeeper } from "@lastbeat/core";
import { createFakeSocket, sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { query, readEvents, type Scratch, scratch } from "./testing/scratchStore.ts";
import { verifyLedger } from "./upkeep/verify.ts";

/** Threads that stores started, in order, with the module each runs. */
const threads = vi.hoisted((): { readonly module: string; readonly worker: Worker }[] => []);

/** The message with which the writer dies next: a group on its way to it, or its answer that the group is committed. */
const dying = vi.hoisted((): { over: "group" | "committed" | null } => ({ over: null }));

vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  class Recorded extends real.Worker {
    constructor(...args: ConstructorParameters<typeof real.Worker>) {
      super(...args);
      threads.push({ module: String(args[0]), worker: this });
    }
    override emit(name: string | symbol, ...args: unknown[]): boolean {
      return (name === "message" && this.#diesOver(args[0])) || super.emit(name, ...args);
    }
    override postMessage(...args: Parameters<Worker["postMessage"]>): void {
      if (!this.#diesOver(args[0])) super.postMessage(...args);
    }
    #diesOver(message: unknown): boolean {
      if (dying.over === null || (message as { type?: string }).type !== dying.over) return false;
      dying.over = null;
      void this.terminate();
      return true;
    }
  }
  return { ...real, Worker: Recorded };
});

const message = { id: "m1", room: "general", sessionId: "session_a", user: "Ada", userId: null, text: "hello", sentAtMs: 1 };

const alive = (module: string) => threads.filter((thread) => thread.module.includes(module) && thread.worker.threadId > 0);

async function killLast(module: string): Promise<void> {
  await alive(module).at(-1)?.worker.terminate();
}

function violations(place: Scratch) {
  const database = new Database(place.file);
  try {
    return verifyLedger(database).filter(({ check }) => check !== "open-is-live");
  } finally {
    database.close();
  }
}

describe("when a thread of the store dies", () => {
  beforeEach(() => {
    threads.length = 0;
  });

  it("LED6 the writer is started again within the same boot, refuses openings until then and loses no end", async () => {
    await using place = scratch();
    const store = await place.open();
    const ids = Array.from({ length: 400 }, (_, at) => `session_${at}`);
    await Promise.all(ids.map((id) => store.ledger.opened(sampleOpened(id))));
    const ends: Promise<void>[] = [];
    for (const [at, id] of ids.entries()) {
      ends.push(store.ledger.ended(sampleEnded(id)));
      if (at % 100 !== 50) continue;
      await killLast("writerWorker");
      await expect.poll(() => store.ledger.health(), { interval: 1 }).toMatchObject({ cause: "the writer's thread stopped" });
      await expect(store.ledger.opened(sampleOpened(`session_refused_${at}`))).rejects.toThrow("the writer's thread stopped");
      await expect.poll(() => store.ledger.health(), { timeout: 40_000, interval: 10 }).toEqual({ accepting: true });
    }
    await Promise.all(ends);
    await store.close();
    expect(place.sql("SELECT count(*) AS ends FROM ends")).toEqual([{ ends: 400 }]);
    expect(place.sql("SELECT count(*) AS boots, count(stopped_at_ms) AS stopped FROM boots")).toEqual([{ boots: 1, stopped: 1 }]);
    expect(violations(place)).toEqual([]);
    expect(place.lines.filter((line) => line === "the database's writer runs again")).toHaveLength(4);
  }, 180_000);

  it("LED1 LED2 a writer that dies between a commit and its answer costs nothing and writes nothing twice", async () => {
    await using place = scratch();
    const store = await place.open();
    await store.ledger.opened(sampleOpened("session_a"));
    await store.ledger.opened(sampleOpened("session_b"));
    dying.over = "committed";
    const group = Promise.allSettled([
      store.ledger.opened(sampleOpened("session_c")),
      store.ledger.opened(sampleOpened("session_b")),
      store.ledger.ended(sampleEnded("session_a")),
      store.messages.append(message),
      store.revisions.append({ revision: 1, author: "Eve", atMs: 1, before: {}, after: {} }),
    ]);
    store.ledger.event({ atMs: 7, sessionId: "session_a", event: { type: "idle_cleared" } });
    const [opened, taken, ended, appended, revised] = await group;
    expect(dying.over).toBeNull();
    expect([opened.status, ended.status, revised.status]).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect(taken).toMatchObject({ status: "rejected", reason: { code: "session_id_taken" } });
    expect(appended).toMatchObject({ status: "fulfilled", value: { ...message, seq: 1 } });
    await store.ledger.ended(sampleEnded("session_c"));
    await store.close();
    expect(readEvents(place)).toHaveLength(1);
    expect(place.sql("SELECT session_id FROM ended_sessions ORDER BY session_id")).toEqual([
      { session_id: "session_a" },
      { session_id: "session_c" },
    ]);
    expect(place.sql("SELECT count(*) AS messages FROM messages")).toEqual([{ messages: 1 }]);
    expect(place.lines).toContain("the database's writer runs again");
    expect(violations(place)).toEqual([]);
  }, 180_000);

  it("LED1 a group that was lost with the writer is written by the next one, openings included", async () => {
    await using place = scratch();
    const store = await place.open();
    dying.over = "group";
    await store.ledger.opened(sampleOpened("session_a"));
    expect(dying.over).toBeNull();
    expect(place.lines).toContain("the database's writer runs again");
    expect(place.sql("SELECT session_id FROM sessions")).toEqual([{ session_id: "session_a" }]);
    await store.close();
  }, 180_000);

  it("LED4 a reader is started again with the next question, and the question it died over is answered with an error", async () => {
    await using place = scratch();
    const store = await place.open();
    await store.ledger.opened(sampleOpened("session_a"));
    await store.ledger.ended(sampleEnded("session_a"));
    expect((await store.ends.page(query())).total).toBe(1);
    const asked = store.ends.page(query());
    const failed = expect(asked).rejects.toThrow("the database is closed");
    await Promise.all(alive("readerWorker").map(({ worker }) => worker.terminate()));
    await failed;
    expect((await store.ends.page(query())).total).toBe(1);
    expect((await store.ends.get("session_a"))?.reason).toBe("unresponsive");
  });
});

describe("when the writer cannot keep up", () => {
  it("LED5 the keeper turns connections away at its door for as long as the queue is full, and takes them again after", async () => {
    await using place = scratch();
    const store = await place.open({ queueLimit: 10 });
    const keeper = createSessionKeeper({ ledger: store.ledger });
    const peer = { address: "192.0.2.7", client: "test", transport: "json" };
    const hello = async () => {
      const result = await keeper.accept(createFakeSocket(), peer)?.hello({ user: "Ada" });
      return result?.accepted ?? false;
    };
    expect(await hello()).toBe(true);
    const other = new Database(place.file);
    other.exec("BEGIN IMMEDIATE");
    const ends = Array.from({ length: 10 }, (_, at) => store.ledger.ended(sampleEnded(`session_unknown_${at}`)));
    expect(await hello()).toBe(false);
    expect(keeper.stats().refusals).toMatchObject({ ledger: 1 });
    expect(keeper.stats().active).toBe(1);
    other.exec("ROLLBACK");
    other.close();
    await Promise.all(ends);
    expect(await hello()).toBe(true);
    await keeper.close();
  });
});
