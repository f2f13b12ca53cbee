/**
 * Sessions come and go in every way, for minutes: afterwards the server is as it was. Two minutes as part of the suite; by `npm run soak`
 * half an hour.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { projectRoot } from "@lastbeat/tools/processes";
import { expect, test } from "vitest";
import { type Inside, Inspector } from "./inspector.ts";
import { ask, type Place, signIn } from "./place.ts";
import { evictSome } from "./pressure.ts";
import { furnish, reasons, visit } from "./visits.ts";

const MINUTES = Number(process.env.LASTBEAT_SOAK_MINUTES ?? 2);
/** Visitors at the same time. */
const VISITORS = 40;
/** Looks into the server: the first is taken once everything has been used, and each ends the churn for a moment. */
const LOOKS = Math.max(3, Math.round(MINUTES / 3));
const SECRET = "the secret of the soak";
/** What the heap may grow by. */
const HEAP_GROWTH = 0.05;

const quick = {
  LASTBEAT_SYSTEM_MAX_SESSIONS: "1000",
  LASTBEAT_SYSTEM_SESSION_TIMEOUT: "4",
  LASTBEAT_SYSTEM_SESSION_LIFETIME: "6",
  LASTBEAT_SYSTEM_RESUME_GRACE: "1",
  LASTBEAT_SYSTEM_IDLE_WARNING: "1",
  LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "1",
  LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "0.5",
  LASTBEAT_WEBSOCKET_HEARTBEAT_MAX_FAILURES: "2",
  LASTBEAT_WEBSOCKET_HELLO_TIMEOUT: "1",
  LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "0",
  LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "0",
  LASTBEAT_WEBSOCKET_MAX_BUFFERED_BYTES: "524288",
  LASTBEAT_MEMORY_SAMPLE_INTERVAL: "0.1",
  LASTBEAT_CHAT_MESSAGE_RATE: "0",
  LASTBEAT_CHAT_BYTE_RATE: "0",
  LASTBEAT_CHAT_CALL_RATE: "0",
  NODE_OPTIONS: "--inspect=127.0.0.1:0",
};

async function startReceiver() {
  const told = new Set<string>();
  const server = createServer((request, response) => {
    told.add(String(request.headers["lastbeat-webhook-id"]));
    request.resume();
    response.writeHead(204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    told,
    url,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const lastbeat = (...args: string[]) =>
  execFileSync(process.execPath, ["apps/api/bin/lastbeat.js", ...args], { cwd: projectRoot, encoding: "utf8" });

/** Lets visitors come and go until then. @returns the number of visits. */
async function churn(place: Place, from: number, untilMs: number): Promise<number> {
  let at = from;
  const visitor = async () => {
    while (performance.now() < untilMs) {
      at += 1;
      await visit(at, place);
    }
  };
  await Promise.all(Array.from({ length: VISITORS }, visitor));
  return at - from;
}

/** Looks once nobody is there any more and nothing that ends by itself is left. */
async function lookInside(place: Place, inspector: Inspector, first: Inside | undefined): Promise<Inside> {
  await eventually(async () => expect((await ask<{ total: number }>(place, "/sessions")).total).toBe(0), {
    withinMs: 60_000,
    everyMs: 200,
  });
  let inside = await inspector.look();
  const more = (now: Inside, then: Inside) =>
    Object.entries(now.resources).some(([kind, count]) => count > (then.resources[kind] ?? 0)) ||
    now.listeners > then.listeners ||
    now.emitters > then.emitters;
  // Sockets and short timers of the churn end a moment later than it does; the first look waits for a fixed while.
  for (let tries = 0; tries < 60 && (first === undefined ? tries < 5 : more(inside, first)); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    inside = await inspector.look();
  }
  return inside;
}

test(
  `SES7 after ${MINUTES} min of sessions that come and go in every way, the server is as it was`,
  async () => {
    using receiver = await startReceiver();
    const webhooks = JSON.stringify([{ name: "soak", url: receiver.url, secret: SECRET }]);
    await using server = await startScratchServer({ ...quick, LASTBEAT_WEBHOOKS: webhooks });
    const token = lastbeat("token", "create", "soak", "--scope", "operate", "--data", dirname(server.databaseFile)).trim();
    const place = { ws: server.ws, http: server.http, token, cookie: await signIn(server.http, server.output()) };
    await furnish(place);
    using inspector = await Inspector.attach(server.output());

    const looks: Inside[] = [];
    let visits = 0;
    const startMs = performance.now();
    for (let look = 1; look <= LOOKS; look += 1) {
      visits += await churn(place, visits, startMs + (look * MINUTES * 60_000) / LOOKS);
      await evictSome(place);
      looks.push(await lookInside(place, inspector, looks[0]));
      const { heapBytes, listeners, emitters, resources } = looks.at(-1) as Inside;
      const mebibytes = (heapBytes / 2 ** 20).toFixed(2);
      process.stdout.write(
        `${visits} visits: heap ${mebibytes} MiB, ${listeners} listeners on ${emitters} emitters, ${JSON.stringify(resources)}\n`,
      );
    }

    const [first, last] = [looks[0] as Inside, looks.at(-1) as Inside];
    expect(last.heapBytes / first.heapBytes).toBeLessThan(1 + HEAP_GROWTH);
    expect(last.listeners).toBeLessThanOrEqual(first.listeners);
    expect(last.emitters).toBeLessThanOrEqual(first.emitters);
    for (const [kind, count] of Object.entries(last.resources))
      expect([kind, count <= (first.resources[kind] ?? 0)]).toEqual([kind, true]);

    const { total, byReason } = await ask<{ total: number; byReason: Record<string, number> }>(place, "/ends/stats?since=7d");
    expect(Object.keys(byReason)).toEqual(expect.arrayContaining([...reasons, "memory_pressure"]));
    await eventually(() => expect(receiver.told.size).toBe(total), { withinMs: 60_000, everyMs: 100 });
    // A process with a debugger attached waits for it to leave.
    inspector[Symbol.dispose]();
    expect(await server.stop()).toBe(0);
    expect(lastbeat("verify", "--db", server.databaseFile)).not.toContain("BROKEN");
    process.stdout.write(`${total} ends, each told and the ledger verified: ${JSON.stringify(byReason)}\n`);
  },
  (MINUTES + 8) * 60_000,
);
