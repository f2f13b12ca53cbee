import type { LiveRow, LiveWindowUpdate } from "@lastbeat/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AdminApi, WindowQuery } from "../api/adminApi.ts";
import { liveSession } from "../testing.ts";
import { LiveTable } from "./liveTable.svelte.ts";
import { rowAt } from "./windowRows.ts";

interface Asked extends WindowQuery {
  readonly ask: number;
}

const opened: { query: WindowQuery; send: (update: Partial<LiveWindowUpdate>) => void; closed: boolean }[] = [];
const looks: Asked[] = [];
const api = {
  sessions: {
    window: {
      subscribe: (query: WindowQuery, { onData }: { onData: (update: LiveWindowUpdate) => void }) => {
        const blank = { window: 7, ask: 0, total: 0, offset: 0, rows: [], ended: [], changes: 0 };
        const entry = { query, closed: false, send: (update: Partial<LiveWindowUpdate>) => onData({ ...blank, ...update }) };
        opened.push(entry);
        return {
          unsubscribe: () => {
            entry.closed = true;
          },
        };
      },
    },
    look: { mutate: async (asked: Asked) => void looks.push(asked) },
  },
} as unknown as AdminApi;

let table: LiveTable;
beforeEach(() => {
  vi.useFakeTimers();
  opened.length = 0;
  looks.length = 0;
  table = new LiveTable();
});
afterEach(() => vi.useRealTimers());

const row = (id: string, over: Partial<LiveRow> = {}) => liveSession({ id, ...over });
const shown = () => table.window?.ids.map((id) => table.window?.rows.get(id ?? "")?.misses);

test("OPS2 updates come together to the rows, and rows that left are forgotten", () => {
  table.follow(api);
  opened[0]?.send({ total: 3, ids: ["a", "b"], rows: [row("a"), row("b")] });
  opened[0]?.send({ total: 3, rows: [{ id: "b", misses: 2 }] });
  expect(shown()).toEqual([0, 2]);
  opened[0]?.send({ total: 2, offset: 1, ids: ["b", null], rows: [], ended: ["b"], changes: 1 });
  const { window } = table;
  if (window === null) throw new Error("no window");
  expect([...window.rows.keys()]).toEqual(["b"]);
  expect([0, 1, 2, 3].map((place) => rowAt(window, place).kind)).toEqual(["waiting", "ended", "gone", "waiting"]);
});

test("OPS2 scrolling asks for what is in sight, not for each step, and holding goes with it", async () => {
  table.narrow({ sort: "user", order: "desc" });
  table.follow(api);
  expect(opened[0]?.query).toMatchObject({ sort: "user", order: "desc", offset: 0, hold: 0 });
  opened[0]?.send({ total: 50_000, ids: [], rows: [] });
  table.show(0, 30);
  await vi.advanceTimersByTimeAsync(100);
  looks.length = 0;
  for (let first = 0; first <= 400; first += 10) table.show(first, first + 30);
  table.hold(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(1);
  expect(looks[0]).toMatchObject({ window: 7, sort: "user", offset: 394, size: 42, hold: 1 });
  table.show(401, 431);
  table.hold(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(1);
  table.showChanges();
  await vi.advanceTimersByTimeAsync(100);
  table.hold(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks.map(({ hold }) => hold)).toEqual([1, 2, 0]);
});

test("OPS2 what is asked before the first answer is not lost, nor by a new connection", async () => {
  const stop = table.follow(api);
  table.narrow({ sort: "room" });
  opened[0]?.send({ total: 1, ids: ["a"], rows: [row("a")] });
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toMatchObject([{ sort: "room" }]);
  stop();
  expect(opened[0]?.closed).toBe(true);
  table.narrow({ sort: "client" });
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(1);
  table.follow(api);
  expect(opened[1]?.query).toMatchObject({ sort: "client" });
  expect(shown()).toEqual([0]);
  opened[1]?.send({ total: 1, ids: ["b"], rows: [row("b", { misses: 3 })] });
  expect(shown()).toEqual([3]);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(1);
});
