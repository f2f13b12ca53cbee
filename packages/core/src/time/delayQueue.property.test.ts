import fc from "fast-check";
import { expect, it } from "vitest";
import { holds } from "../testing/property.ts";
import { DelayQueue } from "./delayQueue.ts";

const DELAY_MS = 1_000;

type Command =
  | { readonly do: "add" }
  | { readonly do: "cancel"; readonly at: number }
  | { readonly do: "advance"; readonly ms: number };

const commands = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({ do: "add" }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel"), at: fc.nat(200) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("advance"), ms: fc.nat(7).map((hundreds) => hundreds * 100) }) },
  ),
  { maxLength: 200 },
) as fc.Arbitrary<Command[]>;

interface Entry {
  readonly dueMs: number;
  readonly cancel: () => void;
  calls: number;
  cancelled: boolean;
}

it("SES6 each callback runs once, in order, at the first tick at which it is due, and not after it was cancelled", () => {
  holds(
    fc.property(commands, (list) => {
      const queue = new DelayQueue(DELAY_MS);
      const entries: Entry[] = [];
      const order: number[] = [];
      let nowMs = 0;
      for (const command of list) {
        if (command.do === "add") {
          const at = entries.length;
          const cancel = queue.add(nowMs, () => {
            (entries[at] as Entry).calls += 1;
            order.push(at);
          });
          entries.push({ dueMs: nowMs + DELAY_MS, cancel, calls: 0, cancelled: false });
        } else if (command.do === "cancel") {
          const entry = entries[command.at];
          if (entry !== undefined && entry.calls === 0) entry.cancelled = true;
          entry?.cancel();
        } else {
          nowMs += command.ms;
          queue.advance(nowMs);
        }
        if (command.do === "advance") {
          for (const { calls, cancelled, dueMs } of entries) expect(calls).toBe(!cancelled && dueMs <= nowMs ? 1 : 0);
        }
        expect(queue.size).toBe(entries.filter(({ calls, cancelled }) => calls === 0 && !cancelled).length);
      }
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
  );
});

it("SES7 flush runs every pending callback, including those added meanwhile, and leaves none", () => {
  holds(
    fc.property(fc.nat(50), fc.nat(5), (count, more) => {
      const queue = new DelayQueue(DELAY_MS);
      let calls = 0;
      let left = more;
      const again = () => {
        calls += 1;
        if (left > 0) {
          left -= 1;
          queue.add(0, again);
        }
      };
      for (let at = 0; at < count; at += 1) queue.add(at, again);
      queue.flush();
      expect(calls).toBe(count === 0 ? 0 : count + more);
      expect(queue.size).toBe(0);
    }),
  );
});
