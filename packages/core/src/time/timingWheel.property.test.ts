import fc from "fast-check";
import { expect, it } from "vitest";
import { between } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { TimingWheel, UNARMED, unarmed, type WheelNode } from "./timingWheel.ts";

/** More than the wheel reads ahead together. */
const NODES = 80;

type Command =
  | { readonly do: "arm"; readonly node: number; readonly inMs: number }
  /** Arms every node, within a few ticks. */
  | { readonly do: "crowd"; readonly withinMs: number }
  | { readonly do: "disarm"; readonly node: number }
  | { readonly do: "advance"; readonly ms: number; readonly take: number };

const node = fc.nat(NODES - 1);
const commands = fc.array(
  fc.oneof(
    // Includes deadlines in the past, with fractions, and several revolutions ahead.
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant("arm"), node, inMs: between(-500, 5_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("arm"), node, inMs: fc.integer({ min: 0, max: 400_000 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("crowd"), withinMs: fc.integer({ min: 1, max: 300 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("disarm"), node }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("advance"),
        ms: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 250_000 })),
        take: fc.nat(NODES),
      }),
    },
  ),
  { maxLength: 60 },
) as fc.Arbitrary<Command[]>;

/** The wheel beside a naive model: a map of deadlines. */
class Pair {
  readonly nodes = Array.from({ length: NODES }, (_, id) => ({ ...unarmed, id }));
  readonly wheel: TimingWheel<WheelNode & { id: number }>;
  readonly armed = new Map<number, { dueMs: number; armedAtMs: number }>();
  readonly tickMs: number;
  nowMs: number;

  constructor(tickMs: number, startTick: number) {
    this.tickMs = tickMs;
    this.nowMs = startTick * tickMs;
    this.wheel = new TimingWheel(this.nowMs, tickMs, ({ id }) => {
      expect(this.armed.has(id)).toBe(true);
    });
  }

  run(command: Command): void {
    switch (command.do) {
      case "arm":
        this.arm(command.node, command.inMs);
        break;
      case "crowd":
        for (let id = 0; id < NODES; id += 1) this.arm(id, (id * 37) % command.withinMs);
        break;
      case "disarm":
        this.wheel.disarm(this.nodes[command.node] as WheelNode & { id: number });
        this.armed.delete(command.node);
        break;
      case "advance":
        this.nowMs += Math.floor(command.ms / this.tickMs) * this.tickMs;
        this.wheel.advance(this.nowMs);
        for (let taken = 0; taken < command.take && this.take(); taken += 1);
    }
    expect(this.wheel.size).toBe(this.armed.size);
  }

  arm(id: number, inMs: number): void {
    const dueMs = Math.max(0, this.nowMs + inMs);
    this.wheel.arm(this.nodes[id] as WheelNode & { id: number }, dueMs);
    this.armed.set(id, { dueMs, armedAtMs: this.nowMs });
  }

  /** Takes an expired node, which must have been armed and be due. */
  take(): boolean {
    const fired = this.wheel.takeExpired();
    if (fired === undefined) return false;
    const deadline = this.armed.get(fired.id);
    expect(deadline?.dueMs).toBeLessThanOrEqual(this.nowMs);
    expect(fired.wheelDueMs).toBe(UNARMED);
    this.armed.delete(fired.id);
    return true;
  }

  /** Checks that nothing due is left: a node armed before this tick expires no later than the tick in which it is due. */
  drain(): void {
    while (this.take());
    for (const { dueMs, armedAtMs } of this.armed.values()) {
      const dueTick = Math.max(Math.ceil(dueMs / this.tickMs), armedAtMs / this.tickMs + 1);
      expect(dueTick * this.tickMs).toBeGreaterThan(this.nowMs);
    }
  }
}

const tickMs = fc.integer({ min: 10, max: 1_000 });

it("TO4 the wheel fires like a plain map of deadlines: each once, never early, never more than a tick late", () => {
  holds(
    fc.property(tickMs, fc.nat(3_000), commands, (tick, startTick, list) => {
      const pair = new Pair(tick, startTick);
      for (const command of list) {
        pair.run(command);
        if (command.do === "advance" && command.take === NODES) pair.drain();
      }
      pair.drain();
    }),
    300,
  );
});

it("TO4 every armed node fires eventually, and then the wheel is empty", () => {
  holds(
    fc.property(tickMs, fc.array(between(0, 500_000), { maxLength: NODES }), (tick, deadlines) => {
      const pair = new Pair(tick, 0);
      deadlines.forEach((inMs, node) => {
        pair.run({ do: "arm", node, inMs });
      });
      pair.run({ do: "advance", ms: 500_000 + 2 * tick, take: NODES });
      expect(pair.armed.size).toBe(0);
      expect(pair.wheel.size).toBe(0);
    }),
    100,
  );
});

it("TO4 the wheel reads each node ahead before it is taken, and none twice per slot", () => {
  holds(
    fc.property(tickMs, fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 200 }), (tick, deadlines) => {
      const lookedAt = new Set<WheelNode>();
      const wheel = new TimingWheel<WheelNode>(0, tick, (node) => {
        expect(lookedAt.has(node)).toBe(false);
        lookedAt.add(node);
      });
      for (const dueMs of deadlines) wheel.arm({ ...unarmed }, dueMs);
      wheel.advance(4_000);
      let taken = 0;
      for (let next = wheel.takeExpired(); next !== undefined; next = wheel.takeExpired()) {
        expect(lookedAt.has(next)).toBe(true);
        taken += 1;
      }
      expect(taken).toBe(deadlines.length);
    }),
  );
});

it("TO4 the wheel fires in the order of the deadlines' ticks", () => {
  holds(
    fc.property(tickMs, fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: NODES }), (tick, deadlines) => {
      const wheel = new TimingWheel<WheelNode & { dueMs: number }>(0, tick);
      for (const dueMs of deadlines) wheel.arm({ ...unarmed, dueMs }, dueMs);
      wheel.advance(400_000);
      const fired: number[] = [];
      for (let next = wheel.takeExpired(); next !== undefined; next = wheel.takeExpired()) {
        fired.push(Math.ceil(next.dueMs / tick));
      }
      expect(fired).toEqual(fired.toSorted((a, b) => a - b));
      expect(fired).toHaveLength(deadlines.length);
    }),
  );
});
