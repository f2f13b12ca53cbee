import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text as readText } from "node:stream/consumers";
import { expect, it } from "vitest";
import { createSessionKeeper } from "../keeper/keeper.ts";
import type { Session, SessionKeeper } from "../keeper/types.ts";
import { createVirtualClock } from "../testing/virtualClock.ts";
import { type Frame, keepTcpSocket } from "./tcp.ts";
import { adapterContract, type ServerOptions } from "./testing/adapterContract.ts";
import { ListenerCount } from "./testing/leftListeners.ts";
import { closed, dutiful, Inbox, type Peer, type PeerOptions, type TestServer } from "./testing/peer.ts";

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

interface TcpTestServer extends TestServer {
  readonly port: number;
  openSockets(): number;
}

const makeServer = async (keeper: SessionKeeper, { onMessage, maxMessageBytes }: ServerOptions): Promise<TcpTestServer> => {
  const sessions: Promise<Session | null>[] = [];
  const sockets: Socket[] = [];
  const count = new ListenerCount();
  const identify = ({ user, room }: Frame) =>
    user === "nobody" ? null : { user: text(user) ?? "guest", room: text(room), data: { named: user } };
  const keep = (socket: Socket) => keepTcpSocket(keeper, socket, { identify, onMessage, maxMessageBytes });
  const server = createServer((socket) => {
    sockets.push(socket);
    count.watch(socket);
    sessions.push(keep(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    sessions,
    port,
    openSockets: () => sockets.filter(({ destroyed }) => !destroyed).length,
    connect: async (options) => connectPeer(port, options),
    send: (data) => sockets.at(-1)?.write(`${data}\n`),
    closeLatest: () => sockets.at(-1)?.destroy(),
    keepLatest: () => sockets.slice(-1).map(keep)[0],
    leftListeners: () => count.left,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};

function connectPeer(port: number, options: PeerOptions = {}): Peer {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const inbox = new Inbox();
  const answers = dutiful();
  const say = (frame: Frame) => socket.write(`${JSON.stringify(frame)}\n`);
  let begun = "";
  socket.on("error", () => {});
  socket.on("end", () => socket.end());
  socket.on("data", (chunk) => {
    const lines = (begun + chunk).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) {
      const frame = JSON.parse(line) as Frame;
      if (frame.type === "heartbeat" && answers.heartbeats) say({ type: "pong" });
      inbox.add(frame);
    }
  });
  say({ type: "hello", ...options });
  return {
    inbox,
    answers,
    say,
    ping: () => say({ type: "ping" }),
    beat: () => say({ type: "pong" }),
    goodbye: () => say({ type: "goodbye" }),
    halfClose: () => socket.end(),
    stopReading: () => socket.pause(),
    sendGarbage: () => socket.write("what?\n"),
    sendTooMuch: (bytes) => socket.write("x".repeat(bytes)),
    gone: closed(socket),
    destroy: () => socket.destroy(),
  };
}

adapterContract("keepTcpSocket", makeServer, { answersPings: false, handsMessagesOn: true });

it("SES4 a hello that names nobody, and a first line that is none, is no session", async () => {
  const keeper = createSessionKeeper();
  await using server = await makeServer(keeper, { onMessage: () => {}, maxMessageBytes: 1_000 });
  const [nobody, garbage] = [await server.connect({ user: "nobody" }), await server.connect()];
  expect(await nobody.inbox.first("close")).toMatchObject({ code: 4504 });
  garbage.sendGarbage();
  expect(await garbage.inbox.first("close")).toMatchObject({ code: 4506 });
  await keeper.close();
});

it("SES6 a refused socket is closed although nobody reads its hello", async () => {
  const keeper = createSessionKeeper({ settings: { maxOpening: 1 } });
  await using server = await makeServer(keeper, { onMessage: () => {}, maxMessageBytes: 1_000 });
  const silent = connect(server.port, "127.0.0.1");
  await expect.poll(() => keeper.stats().waitingForHello).toBe(1);
  const refused = await server.connect();
  expect(await refused.inbox.first("close")).toMatchObject({ code: 1013 });
  await refused.gone;
  expect(keeper.stats()).toMatchObject({ opening: 1, active: 0, refusals: { openings: 1 } });
  await expect.poll(() => server.openSockets()).toBe(1);
  silent.destroy();
  await keeper.close();
});

it("SES6 a refused client that never closes its half is dropped 2 s later", async () => {
  const clock = createVirtualClock();
  const keeper = createSessionKeeper({ clock, settings: { maxOpening: 1 } });
  await using server = await makeServer(keeper, { onMessage: () => {}, maxMessageBytes: 1_000 });
  const silent = connect(server.port, "127.0.0.1");
  await expect.poll(() => keeper.stats().waitingForHello).toBe(1);
  const refused = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }).resume();
  await once(refused, "end");
  clock.advance(1_900);
  expect(server.openSockets()).toBe(2);
  clock.advance(200);
  await expect.poll(() => server.openSockets()).toBe(1);
  refused.destroy();
  silent.destroy();
  const closing = keeper.close();
  await clock.advanceAsync(1_000);
  await closing;
});

it("SES4 a first line that never ends is cut off at the cap before the hello", async () => {
  const keeper = createSessionKeeper();
  await using server = await makeServer(keeper, { onMessage: () => {}, maxMessageBytes: 65_536 });
  const client = connect(server.port, "127.0.0.1");
  const told = readText(client);
  client.write("x".repeat(40_000));
  expect(await told).toContain("a line of more than 16384 bytes");
  expect(keeper.stats()).toMatchObject({ opening: 0, refusals: { bad_hello: 1 } });
  await keeper.close();
});

it("SES4 the cap before the hello does not limit the lines after it", async () => {
  const keeper = createSessionKeeper();
  const { promise, resolve } = Promise.withResolvers<Frame>();
  await using server = await makeServer(keeper, { onMessage: resolve, maxMessageBytes: 65_536 });
  const peer = await server.connect();
  await peer.inbox.first("welcome");
  peer.say({ type: "said", words: "x".repeat(40_000) });
  expect(await promise).toMatchObject({ type: "said" });
  await keeper.close();
});
