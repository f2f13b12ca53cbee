/** Clients that ask and do not read. */
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import { frame, opcodes } from "../harness/frames.ts";

const FLOOD_MS = 2_000;
/** Sessions that flood at once. */
const AT_ONCE = 30;

const times = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));
const json = (message: unknown) => frame(JSON.stringify(message));
const call = (id: number, path: string, input: object = {}) => json({ id, method: "query", params: { path, input } });
const subscribeAndStop = (path: string) =>
  Buffer.concat([json({ id: 2, method: "subscription", params: { path } }), json({ id: 2, method: "subscription.stop" })]);

/** One session floods with this until it is ended. */
function endedAsSlow(name: string, dialect: "trpc" | "json", bytes: Buffer): Attack {
  return {
    name: `${name} as fast as it goes, no answer read`,
    must: "ended as `slow_consumer` at `max_buffered_bytes`",
    growthMiB: 128,
    async run(scene) {
      const attacker = await scene[dialect]();
      attacker.stopReading();
      await eventually(async () => {
        await attacker.flood(times(500, bytes), 200);
        expect(scene.said()).toContain("reason=slow_consumer");
      });
    },
  };
}

/** Many sessions flood for a while; reading from them is shared with everybody else's. */
function held(name: string, dialect: "trpc" | "json", bytes: Buffer): Attack {
  return {
    name: `${AT_ONCE} sessions: ${name} as fast as it goes, no answer read`,
    must: "each gets one frame per turn, the others theirs",
    growthMiB: 256,
    async run(scene) {
      const attackers = await scene.many(AT_ONCE, () => scene[dialect]());
      for (const attacker of attackers) attacker.stopReading();
      await scene.many(AT_ONCE, (at) => attackers[at]?.flood(times(500, bytes), FLOOD_MS));
      expect(await scene.newcomer()).toBe("welcome");
    },
  };
}

attacks("Answers that are not read", {}, [
  endedAsSlow("`PING` over tRPC", "trpc", frame("PING")),
  endedAsSlow("`ping` over JSON", "json", json({ type: "ping" })),
  endedAsSlow("history asked over tRPC", "trpc", call(2, "chat.history", { room: "lobby" })),
  endedAsSlow("history asked over JSON", "json", json({ type: "chat.history", room: "lobby" })),
  endedAsSlow("subscribe to events and stop", "trpc", subscribeAndStop("session.events")),
  endedAsSlow("subscribe to what only operators may see and stop", "trpc", subscribeAndStop("system.overviewFeed")),
  endedAsSlow("bad requests over JSON", "json", json({ type: "chat.join", room: 7, ref: "x".repeat(90) })),
  held("`PING` over tRPC", "trpc", frame("PING")),
  held("protocol pings", "json", frame("", { opcode: opcodes.ping })),
  held("protocol pings of 125 bytes", "trpc", frame(Buffer.alloc(125), { opcode: opcodes.ping })),
  held("protocol pongs that nobody asked for", "json", frame("", { opcode: opcodes.pong })),
  held("heartbeats that nobody asked for", "json", json({ type: "pong" })),
  held("members asked over JSON", "json", json({ type: "chat.members" })),
  held("history asked over tRPC", "trpc", call(2, "chat.history", { room: "lobby" })),
  held("subscribe and stop", "trpc", subscribeAndStop("session.events")),
]);
