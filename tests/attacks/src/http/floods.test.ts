/** Many connections, slow ones, and answers that nobody reads. */
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import type { Attacker } from "../harness/attacker.ts";
import type { Scene } from "../harness/scene.ts";
import { ask, linesOf, operatorCookie, post } from "./asking.ts";

/** As by default, in less time. */
const short = { LASTBEAT_SERVER_HEADER_TIMEOUT: "2", LASTBEAT_SERVER_REQUEST_TIMEOUT: "3", LASTBEAT_SERVER_STALL_TIMEOUT: "3" };

/** A connection that the kernel let wait, because too many came at once, reaches the server only seconds later. */
const CLOSED_WITHIN_MS = 60_000;

async function allClosed(connections: readonly Attacker[]): Promise<void> {
  await eventually(() => expect(connections.filter(({ ended }) => !ended).length).toBe(0), { withinMs: CLOSED_WITHIN_MS });
}

/** Writes one byte to each, over and over, until all are closed. */
async function drip(connections: readonly Attacker[]): Promise<void> {
  const timer = setInterval(() => {
    for (const each of connections) each.write("a");
  }, 200);
  try {
    await allClosed(connections);
  } finally {
    clearInterval(timer);
  }
}

const host = ({ port }: Scene) => `Host: 127.0.0.1:${port}\r\n`;

attacks("HTTP that is slow", short, [
  {
    name: "1,500 requests whose fields never end",
    must: "closed after `server.header_timeout`",
    async run(scene) {
      await drip(await scene.many(1_500, (at) => scene.tcp(`GET /${at} HTTP/1.1\r\n${host(scene)}X-More: `)));
      expect((await ask(scene, "GET /healthz")).status).toBe(200);
    },
  },
  {
    name: "3,000 connections that say nothing",
    must: "closed after `server.header_timeout`",
    async run(scene) {
      await allClosed(await scene.many(3_000, () => scene.tcp("")));
      expect((await ask(scene, "GET /healthz")).status).toBe(200);
    },
  },
  {
    name: "500 connections that say nothing after their first request",
    must: "closed",
    async run(scene) {
      await allClosed(await scene.many(500, () => scene.tcp(`GET /healthz HTTP/1.1\r\n${host(scene)}\r\n`)));
    },
  },
  {
    name: "500 bodies of a byte now and then, without a sign-in",
    must: "answered with 401 before the body, then closed",
    async run(scene) {
      const fields = { "Content-Length": "50000" };
      const slow = await scene.many(500, () => scene.request("DELETE /api/sessions/x", fields));
      const statuses = await Promise.all(slow.map((each) => each.status()));
      expect(new Set(statuses)).toEqual(new Set([401]));
      await drip(slow);
    },
  },
  {
    name: "the same over tRPC",
    must: "answered with 401 before the body, then closed",
    async run(scene) {
      const fields = { "Content-Length": "50000", "Content-Type": "application/json" };
      const slow = await scene.many(300, () => scene.request("POST /trpc/sessions.end", fields));
      expect(new Set(await Promise.all(slow.map((each) => each.status())))).toEqual(new Set([401]));
      await drip(slow);
    },
  },
  {
    name: "a slow body of an operator",
    must: "closed after `server.request_timeout`",
    async run(scene) {
      const fields = { Cookie: await operatorCookie(scene), "Content-Length": "50000", "Content-Type": "application/json" };
      await drip([scene.request("POST /trpc/sessions.end", fields), scene.request("DELETE /api/sessions/x", fields)]);
    },
  },
  {
    name: "a body announced as 1 GB, without a sign-in",
    must: "answered with 401, closed, not read",
    async run(scene) {
      const attacker = scene.request("POST /trpc/settings.save", {
        "Content-Length": "1000000000",
        "Content-Type": "application/json",
      });
      const sent = await attacker.flood(Buffer.alloc(65_536), 1_000);
      expect(attacker.ended).toBe(true);
      expect(await attacker.status()).toBe(401);
      expect(sent).toBeLessThan(50_000_000);
    },
  },
  {
    name: "2,000 connections opened and closed at once",
    must: "nothing is left of them",
    async run(scene) {
      for (let round = 0; round < 10; round += 1) for (const each of await scene.many(200, () => scene.tcp("GET"))) each.leave();
      expect((await ask(scene, "GET /healthz")).status).toBe(200);
    },
  },
]);

attacks("HTTP in masses", short, [
  {
    name: "20 times 5,000 requests without waiting for answers, none read",
    must: "closed when 32 wait on one connection",
    growthMiB: 96,
    async run(scene) {
      const requests = `GET / HTTP/1.1\r\n${host(scene)}\r\n`.repeat(5_000);
      const floods = await scene.many(20, () => scene.tcp(""));
      for (const each of floods) {
        each.stopReading();
        each.write(requests);
      }
      await eventually(() => expect(linesOf(scene, /too many requests wait/)).toBeGreaterThanOrEqual(20));
      for (const each of floods) each.socket.resume();
      await allClosed(floods);
    },
  },
  {
    name: "32 requests without waiting for answers, on 100 connections, none read",
    must: "others are answered meanwhile, the memory stays bounded, all are closed",
    growthMiB: 128,
    async run(scene) {
      const requests = `GET /api/openapi.json HTTP/1.1\r\n${host(scene)}\r\n`.repeat(32);
      const floods = await scene.many(100, () => scene.tcp(requests));
      for (const each of floods) each.stopReading();
      expect((await ask(scene, "GET /healthz")).status).toBe(200);
      for (const each of floods) each.socket.resume();
      await allClosed(floods);
    },
  },
  {
    name: "50 exports begun and not read",
    must: "others are answered meanwhile, the memory stays bounded",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const exports = await scene.many(50, () => scene.request("GET /api/ends/export?format=jsonl", { Cookie }));
      for (const each of exports) each.stopReading();
      expect((await ask(scene, "GET /api/ends", { Cookie })).status).toBe(200);
    },
  },
  {
    name: "50 exports at once",
    must: "all complete",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const exports = await scene.many(50, () => ask(scene, "GET /api/ends/export?format=csv", { Cookie }));
      expect(new Set(exports.map(({ status }) => status))).toEqual(new Set([200]));
    },
  },
  {
    name: "200 subscriptions over HTTP held open",
    must: "served, and ended by signing out",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const held = await scene.many(200, () => scene.request("GET /trpc/system.overviewFeed", { Cookie }));
      expect(new Set(await Promise.all(held.map((each) => each.status())))).toEqual(new Set([200]));
      expect(await scene.newcomer()).toBe("welcome");
      await ask(scene, "POST /admin/sign-out", { Cookie });
      await allClosed(held);
    },
  },
  {
    name: "100 subscriptions over HTTP, not read",
    must: "the memory stays bounded",
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      const held = await scene.many(100, () => scene.request("GET /trpc/system.overviewFeed", { Cookie }));
      for (const each of held) each.stopReading();
      expect((await ask(scene, "GET /healthz")).status).toBe(200);
    },
  },
  {
    name: "2,000 requests for the largest page",
    must: "all answered",
    async run(scene) {
      for (let round = 0; round < 20; round += 1) {
        const answers = await scene.many(100, () => ask(scene, "GET /admin"));
        expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
      }
    },
  },
  {
    name: "200 bodies of the largest size at once, of an operator",
    must: "answered with 400",
    growthMiB: 192,
    async run(scene) {
      const headers = { Cookie: await operatorCookie(scene) };
      const body = `"${"x".repeat(250_000)}"`;
      const answers = await scene.many(200, () => post(scene, "/trpc/settings.save", body, headers));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    },
  },
]);
