import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { createSessionKeeper } from "../keeper/keeper.ts";
import type { Session } from "../keeper/types.ts";
import { parseBeats } from "../protocol/beats.ts";
import { createTestBench } from "../testing/bench.ts";
import type { Frame } from "./frames.ts";
import { createEventStreams, type NodeRequest, type NodeResponse } from "./sse.ts";
import { adapterContract, type MakeServer } from "./testing/adapterContract.ts";
import { ListenerCount } from "./testing/leftListeners.ts";
import { closed, dutiful, Inbox, type Peer, type PeerOptions } from "./testing/peer.ts";

const makeServer: MakeServer = async (keeper, options) => {
  const streams = createEventStreams(keeper, options);
  const sessions: Promise<Session | null>[] = [];
  const responses: ServerResponse[] = [];
  const count = new ListenerCount();
  let keepLatest: (() => Promise<Session | null>) | undefined;
  const open = (request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    responses.push(response);
    count.watch(response, request.socket);
    const user = query.get("user") ?? "guest";
    const who = { user, room: query.get("room"), beats: parseBeats(query.get("beats")), data: { named: user } };
    keepLatest = () => streams.open(request, response, who);
    sessions.push(keepLatest());
  };
  const server = createServer((request, response) => {
    if (request.method === "GET") open(request, response);
    else void streams.answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    sessions,
    connect: (peerOptions) => connectPeer(port, peerOptions),
    send: (data) => responses.at(-1)?.write(`data: ${data}\n\n`),
    closeLatest: () => responses.at(-1)?.end(),
    keepLatest: () => keepLatest?.(),
    leftListeners: () => count.left,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

async function connectPeer(port: number, { resume, ...query }: PeerOptions = {}): Promise<Peer> {
  const inbox = new Inbox();
  const answers = dutiful();
  const posted = (async () => (await inbox.first("welcome")).stream)();
  // One after another, as the contract asks for their order.
  let last: Promise<unknown> = posted;
  const post = (body: string) => {
    last = last
      .then(async () => fetch(`http://127.0.0.1:${port}/?stream=${await posted}`, { method: "POST", body }))
      .catch(() => {});
  };
  const say = (frame: Frame) => post(JSON.stringify(frame));
  const headers = resume === undefined ? {} : { "last-event-id": resume };
  const stream = request({ port, host: "127.0.0.1", agent: false, path: `/?${new URLSearchParams(query)}`, headers });
  stream.on("error", () => {});
  stream.end();
  const socket = ((await once(stream, "socket")) as [Socket])[0];
  const gone = closed(socket);
  const [response] = (await once(stream, "response")) as [IncomingMessage];
  let begun = "";
  response.on("error", () => {});
  response.on("data", (chunk) => {
    const events = (begun + chunk).split("\n\n");
    begun = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const frame = JSON.parse(data) as Frame;
      if (frame.type === "heartbeat" && answers.heartbeats) say({ type: "pong" });
      inbox.add(frame);
    }
  });
  return {
    inbox,
    answers,
    say,
    ping: () => say({ type: "ping" }),
    beat: () => say({ type: "pong" }),
    goodbye: () => say({ type: "goodbye" }),
    halfClose: () => socket.end(),
    stopReading: () => response.pause(),
    sendGarbage: () => post("what?"),
    sendTooMuch: (bytes) => post("x".repeat(bytes)),
    gone,
    destroy: () => socket.destroy(),
  };
}

adapterContract("createEventStreams", makeServer, { answersPings: false, handsMessagesOn: true });

it("SES4 a POST that is for no stream is answered with 404, and any other method with 405", async () => {
  const keeper = createSessionKeeper();
  const streams = createEventStreams(keeper);
  const server = createServer((request, response) => void streams.answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?stream=none`;
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(404);
  expect((await fetch(url, { method: "PUT", body: "{}" })).status).toBe(405);
  server.closeAllConnections();
  server.close();
  await keeper.close();
});

/** A request and its response that say "close" only when told to. */
function fakeExchange(): { readonly request: NodeRequest; readonly response: NodeResponse & { destroyed: boolean } } {
  const socket = Object.assign(new EventEmitter(), { destroyed: false });
  const body = { async *[Symbol.asyncIterator]() {} };
  const request = Object.assign(new EventEmitter(), { method: "GET", headers: {}, socket }, body);
  const none = () => {};
  const calls = { writeHead: none, flushHeaders: none, write: none, end: none, destroy: none };
  const response = Object.assign(new EventEmitter(), { writableLength: 0, writableEnded: false, destroyed: false }, calls);
  return { request, response };
}

it("SOC2 a page that left before its stream was opened opens nothing, and nothing is written to it", async () => {
  const keeper = createSessionKeeper();
  const streams = createEventStreams(keeper);
  const { request, response } = fakeExchange();
  response.destroyed = true;
  response.writeHead = () => expect.unreachable();
  expect(await streams.open(request, response, { user: "ada" })).toBeNull();
  expect(keeper.stats()).toMatchObject({ opening: 0, active: 0 });
  await keeper.close();
});

it("SES6 a POST to a stream that the keeper closed is answered with 404, and the dropped stream is forgotten", async () => {
  const { keeper, clock } = createTestBench();
  const streams = createEventStreams(keeper);
  const { request, response } = fakeExchange();
  const sent: string[] = [];
  response.write = (text) => sent.push(text);
  const session = await streams.open(request, response, { user: "ada" });
  const stream = /"stream":"([^"]+)"/.exec(sent.join(""))?.[1];
  const post = async (bytes: number) => {
    const { request: asked, response: answer } = fakeExchange();
    const { promise, resolve } = Promise.withResolvers<number>();
    answer.writeHead = resolve;
    const body = async function* () {
      yield Buffer.alloc(bytes, "x");
    };
    void streams.answer(
      Object.assign(asked, { method: "POST", url: `/?stream=${stream}`, [Symbol.asyncIterator]: body }),
      answer,
    );
    return promise;
  };
  void session?.end();
  expect(await post(10)).toBe(404);
  // Only a stream that is still known cares about the length.
  expect(await post(100_000)).toBe(413);
  await clock.advanceAsync(2_200);
  expect(await post(100_000)).toBe(404);
});
