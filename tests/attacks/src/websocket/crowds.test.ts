/** Many connections of one attacker at once. */
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import type { Attacker } from "../harness/attacker.ts";
import { pause } from "../harness/attacker.ts";
import { frame, opcodes } from "../harness/frames.ts";
import type { Scene } from "../harness/scene.ts";

const OPEN_EACH = { LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "1000000" };

/** Sockets that say nothing, from this address. */
function silent(scene: Scene, count: number, from: string): Promise<Attacker[]> {
  return scene.many(count, () => scene.webSocket("/ws/new", { from }));
}

/** A message in fragments that is never finished. */
function pieces(count: number): Buffer {
  const first = frame("a", { final: false });
  const more = Array.from({ length: count - 1 }, () => frame("a", { opcode: opcodes.continuation, final: false }));
  return Buffer.concat([first, ...more]);
}

attacks("Crowds", OPEN_EACH, [
  {
    name: "2,100 silent sockets from one address",
    must: "it keeps at most 500 of them, newcomers get in",
    growthMiB: 128,
    async run(scene) {
      await silent(scene, 600, scene.address);
      await pause(1_100);
      const sockets = await silent(scene, 1_500, scene.address);
      expect(sockets).toHaveLength(1_500);
      expect(await scene.newcomer()).toBe("welcome");
      expect(await scene.metric("lastbeat_waiting_connections")).toBeLessThanOrEqual(500);
    },
  },
  {
    name: "2,100 silent sockets from six addresses",
    must: "those that have most give way to newcomers",
    growthMiB: 128,
    async run(scene) {
      await scene.many(6, (at) => silent(scene, 350, scene.addressOf(10 + at)));
      expect(await scene.newcomer()).toBe("welcome");
    },
  },
  {
    name: "2,500 silent sockets from 127.0.0.1, where limits per address do not apply",
    must: "who has waited a second gives way, newcomers get in",
    growthMiB: 128,
    async run(scene) {
      await silent(scene, 2_000, "127.0.0.1");
      await pause(1_100);
      await silent(scene, 500, "127.0.0.1");
      expect(await scene.newcomer("127.0.0.1")).toBe("welcome");
    },
  },
  {
    name: "1,100 sessions of one address",
    must: "1,000 are let in, the others told `server_full`",
    growthMiB: 160,
    async run(scene) {
      const sockets = await scene.many(1_100, () => scene.upgrade("/ws/new"));
      for (const each of sockets) each.send({ type: "hello", name: "Eve", room: scene.tag });
      await eventually(() => {
        const told = sockets.map(({ messages }) => JSON.stringify(messages));
        expect(told.filter((text) => text.includes('"welcome"'))).toHaveLength(1_000);
        expect(told.filter((text) => text.includes("address_limit"))).toHaveLength(100);
      });
      expect(await scene.newcomer()).toBe("welcome");
    },
  },
  {
    name: "65,000 one-byte fragments on each of 200 sockets",
    must: "each ended after 256, the memory given back",
    growthMiB: 128,
    async run(scene) {
      const sockets = await scene.many(200, () => scene.json());
      const bytes = pieces(65_000);
      for (const each of sockets) each.write(bytes);
      await scene.many(200, async (at) => expect([1008, 1006]).toContain((await sockets[at]?.close())?.code));
      await eventually(() => expect(scene.memory.grown()).toBeLessThan(100));
    },
  },
  {
    name: "200 sessions that send a frame of 60 KB byte by byte",
    must: "waited for without harm to others",
    growthMiB: 128,
    async run(scene) {
      const sockets = await scene.many(200, () => scene.json());
      const bytes = frame("a".repeat(60_000));
      for (const each of sockets) each.socket.setNoDelay(true);
      for (let at = 0; at < 100; at += 1) {
        for (const each of sockets) each.write(bytes.subarray(at, at + 1));
        await pause(1);
      }
      expect(await scene.newcomer()).toBe("welcome");
    },
  },
]);

attacks("Rates", {}, [
  {
    name: "sessions opened and closed as fast as possible",
    must: "1,200 a minute, the others told `server_full`",
    growthMiB: 192,
    async run(scene) {
      let refused = 0;
      for (let round = 0; round < 14; round += 1) {
        const sockets = await scene.many(100, () => scene.webSocket("/ws/new"));
        for (const each of sockets) each.send({ type: "hello", name: "Eve", room: scene.tag });
        await scene.many(100, (at) => sockets[at]?.message(({ type }) => type === "welcome" || type === "ending"));
        refused += sockets.filter(({ messages }) => JSON.stringify(messages).includes("connection_rate")).length;
        for (const each of sockets) each.leave();
      }
      expect(refused).toBe(200);
      expect(await scene.newcomer()).toBe("welcome");
    },
  },
]);
