/** What becomes of Socket.IO sessions when the connection below them is shared, or is cut by Engine.IO. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions } from "socket.io";
import { expect, it } from "vitest";
import { createSessionKeeper } from "../keeper/keeper.ts";
import type { Session } from "../keeper/types.ts";
import type { SessionEnd } from "../ports/ledger.ts";
import { keepSocketIo } from "./socketIo.ts";
import { closed, Inbox } from "./testing/peer.ts";
import { opcodes, RawWebSocket } from "./testing/rawWebSocket.ts";

const patient = { timeout: 5_000 };
const namespaces = ["/one", "/two"] as const;

/** A server with two namespaces, and a client in both on one connection. */
async function startBoth(options: Partial<ServerOptions> = {}) {
  const keeper = createSessionKeeper({ settings: { heartbeatIntervalMs: 600_000 } });
  const http = createServer();
  const server = new Server(http, { serveClient: false, ...options });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  for (const name of namespaces) server.of(name).on("connection", (socket) => void keepSocketIo(keeper, socket, { user: name }));
  const inboxes = { "/one": new Inbox(), "/two": new Inbox() };
  const raw = new RawWebSocket(
    (http.address() as AddressInfo).port,
    "/socket.io/?EIO=4&transport=websocket",
    (opcode, payload) => {
      const packet = payload.toString();
      if (opcode === opcodes.close) raw.send(opcodes.close, payload.subarray(0, 2));
      if (opcode === opcodes.text && packet.startsWith("0")) for (const name of namespaces) raw.send(opcodes.text, `40${name},`);
      const [, name, event] = /^42(\/one|\/two),(.*)$/s.exec(packet) ?? [];
      if (event !== undefined) inboxes[name as "/one" | "/two"].add(JSON.parse(event)[1]);
    },
  );
  raw.socket.on("end", () => raw.socket.end());
  const ends = new Map<string, SessionEnd>();
  keeper.on("ended", ({ session, end }) => ends.set(session.user, end));
  const sessionOf = async (name: "/one" | "/two"): Promise<Session | undefined> =>
    keeper.session(String((await inboxes[name].first("welcome")).sessionId));
  return {
    keeper,
    raw,
    inboxes,
    ends,
    gone: closed(raw.socket),
    sessions: await Promise.all(namespaces.map(sessionOf)),
    async [Symbol.asyncDispose]() {
      await keeper.close();
      raw.socket.destroy();
      await server.close();
    },
  };
}

it("SOC2 a close frame ends the other session at once after one has left its namespace", async () => {
  await using both = await startBoth();
  both.raw.send(opcodes.text, "41/one,");
  await expect.poll(() => both.ends.get("/one"), patient).toMatchObject({ reason: "client_left" });
  expect(both.sessions[1]?.state).toBe("active");
  both.raw.send(opcodes.close, Buffer.from([0x03, 0xe9]));
  await expect
    .poll(() => both.ends.get("/two"))
    .toMatchObject({ reason: "client_left", detail: expect.stringContaining("1001") });
});

it("SES6 ending one session leaves the other on the shared connection, which closes with the last", async () => {
  await using both = await startBoth();
  await both.sessions[0]?.end("enough");
  expect(await both.inboxes["/one"].first("close")).toMatchObject({ code: 4507 });
  both.raw.send(opcodes.text, `42/two,${JSON.stringify(["lastbeat", { type: "ping" }])}`);
  await both.inboxes["/two"].first("pong");
  expect([both.sessions[1]?.state, both.ends.size]).toEqual(["active", 1]);
  await both.sessions[1]?.end("enough too");
  await both.gone;
  expect(both.ends.get("/two")).toMatchObject({ reason: "ended_by_application", detail: "enough too" });
});

it("SOC1 a connection that Engine.IO cuts for want of a pong is lost, and the detail says who cut it", async () => {
  await using both = await startBoth({ pingInterval: 300, pingTimeout: 200 });
  const end = { reason: "connection_lost", detail: expect.stringContaining("Engine.IO's ping timed out") };
  await expect.poll(() => both.ends.get("/one"), patient).toMatchObject(end);
  await expect.poll(() => both.ends.get("/two"), patient).toMatchObject(end);
});
