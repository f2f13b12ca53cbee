import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { createSessionKeeper } from "../keeper/keeper.ts";
import type { Session } from "../keeper/types.ts";
import type { Frame } from "./frames.ts";
import { createEventStreams } from "./sse.ts";
import { adapterContract, type MakeServer } from "./testing/adapterContract.ts";
import { ListenerCount } from "./testing/leftListeners.ts";
import { closed, dutiful, Inbox, type Peer, type PeerOptions } from "./testing/peer.ts";

const makeServer: MakeServer = async (keeper, options) => {
  const streams = createEventStreams(keeper, options);
  const sessions: Promise<Session | null>[] = [];
  const responses: ServerResponse[] = [];
  const count = new ListenerCount();
  const open = (request: IncomingMessage, response: ServerResponse) => {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    responses.push(response);
    count.watch(response, request.socket);
    const user = query.get("user") ?? "guest";
    sessions.push(streams.open(request, response, { user, room: query.get("room"), data: { named: user } }));
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
