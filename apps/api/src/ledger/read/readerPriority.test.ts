import { readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { describe, expect, it } from "vitest";
import { query, scratch } from "../testing/scratchStore.ts";

/** How much each thread of this process gives way to others, by its number. Fields of `stat` after the name, which may hold spaces. */
function niceness(): Map<string, number> {
  const tasks = readdirSync("/proc/self/task").map((task): [string, number] => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, "utf8");
    return [task, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16])];
  });
  return new Map(tasks);
}

describe("the reader of an operator's queries", () => {
  it.runIf(platform() === "linux")("LED4 gives way to the event loop, and no other thread does", async () => {
    await using place = scratch();
    const before = niceness();
    const store = await place.open();
    await store.ends.page(query());
    const usual = before.get(String(process.pid)) ?? 0;
    const changed = [...niceness()].filter(([task, nice]) => nice !== (before.get(task) ?? usual));
    expect(changed.map(([, nice]) => nice)).toEqual([Math.max(usual, 10)]);
    await store.close();
  });
});
