/** Attempts on sessions: on those of others, and on the way in. */
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import type { Attacker } from "../harness/attacker.ts";
import { pause } from "../harness/attacker.ts";
import { frame } from "../harness/frames.ts";
import type { Scene } from "../harness/scene.ts";

interface Welcome {
  readonly sessionId: string;
  readonly resumeToken: string;
}

const isWelcome = ({ type }: Record<string, unknown>) => type === "welcome";

/** Says hello over JSON and returns how the server ended the connection. */
async function hello(scene: Scene, path: string, more: object): Promise<{ readonly code: number; readonly told: string }> {
  const attacker = await scene.webSocket(path);
  attacker.send({ type: "hello", name: "Mallory", ...more });
  const { code } = await attacker.close();
  return { code, told: JSON.stringify(attacker.messages) };
}

/** A victim with its welcome. */
async function victim(scene: Scene): Promise<{ readonly session: Attacker; readonly welcome: Welcome }> {
  const session = await scene.json();
  return { session, welcome: await session.message<Welcome>(isWelcome) };
}

const stillThere = async (session: Attacker) => {
  session.send({ type: "ping" });
  await session.message(({ type }) => type === "pong");
};

attacks("Sessions", { LASTBEAT_SYSTEM_RESUME_GRACE: "30" }, [
  {
    name: "take-over of another's session with a guessed token",
    must: "refused as `unauthorized`, its owner stays",
    async run(scene) {
      const { session, welcome } = await victim(scene);
      const resume = { sessionId: welcome.sessionId, token: "a".repeat(43) };
      expect((await hello(scene, "/ws/new", { resume })).code).toBe(4504);
      await stillThere(session);
    },
  },
  {
    name: "500 guesses of a token at once",
    must: "each refused, its owner stays",
    async run(scene) {
      const { session, welcome } = await victim(scene);
      const guesses = await scene.many(500, (at) =>
        hello(scene, "/ws/new", { resume: { sessionId: welcome.sessionId, token: `guess-${at}` } }),
      );
      expect(guesses.filter(({ code }) => code !== 4504)).toEqual([]);
      await stillThere(session);
    },
  },
  {
    name: "a token that was used before",
    must: "refused as `unauthorized`",
    async run(scene) {
      const { session, welcome } = await victim(scene);
      const resume = { sessionId: welcome.sessionId, token: welcome.resumeToken };
      const back = await scene.webSocket("/ws/new");
      back.send({ type: "hello", name: "Eve", resume });
      await back.message(isWelcome);
      expect((await session.close()).code).toBe(4502);
      expect((await hello(scene, "/ws/new", { resume })).code).toBe(4504);
      await stillThere(back);
    },
  },
  {
    name: "the id of another's session in the address",
    must: "refused, its owner stays",
    async run(scene) {
      const { session, welcome } = await victim(scene);
      expect((await hello(scene, `/ws/${welcome.sessionId}`, {})).code).toBe(4504);
      await stillThere(session);
    },
  },
  {
    name: "a second hello under another name",
    must: "the session ended as `protocol_error`",
    async run(scene) {
      const { session } = await victim(scene);
      session.send({ type: "hello", name: "Admin" });
      expect((await session.close()).code).toBe(4506);
    },
  },
  {
    name: "an operator's session without a sign-in",
    must: "refused",
    async run(scene) {
      const attacker = await scene.webSocket("/trpc");
      attacker.send({ id: 1, method: "mutation", params: { path: "session.open", input: { name: "Mallory", kind: "admin" } } });
      const told = JSON.stringify(await attacker.message(({ error }) => error !== undefined));
      expect(told).toMatch(/UNAUTHORIZED|FORBIDDEN/);
    },
  },
  {
    name: "calls before the hello",
    must: "ended after 16 frames",
    async run(scene) {
      const attacker = await scene.webSocket("/ws/new");
      for (let at = 0; at < 20; at += 1) attacker.send({ type: "chat.history", room: "lobby" });
      expect((await attacker.close()).code).toBe(4506);
    },
  },
  {
    name: "17 KB before the hello",
    must: "ended after 16 KB",
    async run(scene) {
      const attacker = await scene.webSocket("/ws/new");
      attacker.send({ type: "hello", name: "x".repeat(17_000) });
      expect((await attacker.close()).code).toBe(4506);
    },
  },
  {
    name: "a take-over storm: 300 sockets resume one session in turn",
    must: "one connection is left, and one session",
    growthMiB: 96,
    async run(scene) {
      let { session, welcome } = await victim(scene);
      for (let at = 0; at < 300; at += 1) {
        const next = await scene.webSocket("/ws/new");
        next.send({ type: "hello", name: "Eve", resume: { sessionId: welcome.sessionId, token: welcome.resumeToken } });
        welcome = await next.message<Welcome>(isWelcome);
        session = next;
      }
      await stillThere(session);
    },
  },
  {
    name: "a storm of messages to one room",
    must: "refused as `rate_limited` above the rate",
    growthMiB: 96,
    async run(scene) {
      const { session } = await victim(scene);
      for (let at = 0; at < 2_000; at += 1) {
        session.send({ type: "chat.send", id: crypto.randomUUID(), text: "x".repeat(1_000), ref: at });
        if (at % 200 === 0) await pause(1);
      }
      await session.message(({ code }) => code === "rate_limited");
    },
  },
  {
    name: "200 subscriptions on one connection",
    must: "8 begin, each other is refused",
    async run(scene) {
      const attacker = await scene.trpc();
      for (let id = 2; id < 202; id += 1) attacker.send({ id, method: "subscription", params: { path: "session.events" } });
      await attacker.message(({ id, error }) => id === 201 && error !== undefined);
      const begun = attacker.messages.filter((each) => JSON.stringify(each).includes('"started"'));
      expect(begun).toHaveLength(8);
    },
  },
  {
    name: "500 connections that leave right after the upgrade",
    must: "no session, nothing left of them",
    growthMiB: 96,
    async run(scene) {
      for (let round = 0; round < 10; round += 1) {
        const sockets = await scene.many(50, () => scene.webSocket("/ws/new", { from: scene.addressOf(round + 1) }));
        for (const each of sockets) each.leave();
      }
      expect(await scene.newcomer()).toBe("welcome");
    },
  },
  {
    name: "a hello byte by byte",
    must: "taken or ended, others go on",
    async run(scene) {
      const attacker = await scene.webSocket("/ws/new");
      attacker.socket.setNoDelay(true);
      for (const byte of frame(JSON.stringify({ type: "hello", name: "Slow" }))) {
        attacker.write(Buffer.from([byte]));
        await pause(2);
      }
      await attacker.message(isWelcome);
    },
  },
  {
    name: "frames behind the request, before the answer",
    must: "read once the connection is open",
    async run(scene) {
      const then = frame(JSON.stringify({ type: "hello", name: "Eager", room: scene.tag }));
      await scene.upgrade("/ws/new", { then }).message(isWelcome);
    },
  },
]);
