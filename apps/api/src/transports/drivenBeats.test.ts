/** Clients that send their own heartbeats, on real sockets, by each way to say hello. */
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startTestServer } from "../testing/testServer.ts";

const settings = { heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatMaxFailures: 2, tickMs: 50 };
const who = { name: "Ada", beats: "client" };

interface Dialect {
  readonly path: string;
  readonly hello: readonly object[];
  readonly beat: string;
  readonly question: string;
}

const trpc = { beat: "PONG", question: "PING" };
const dialects: Record<string, Dialect> = {
  "the JSON hello": {
    path: "/ws/new",
    hello: [{ type: "hello", ...who }],
    beat: '{"type":"pong"}',
    question: '{"type":"heartbeat"}',
  },
  "the JSON hello, with beats written otherwise": {
    path: "/ws/new",
    hello: [{ type: "hello", ...who }],
    beat: '{ "type": "pong" }',
    question: '{"type":"heartbeat"}',
  },
  "session.open": {
    path: "/trpc",
    hello: [{ id: 1, method: "mutation", params: { path: "session.open", input: who } }],
    ...trpc,
  },
  connectionParams: { path: "/trpc?connectionParams=1", hello: [{ method: "connectionParams", data: who }], ...trpc },
};

describe.each(Object.entries(dialects))("by %s", (_, { path, hello, beat, question }) => {
  test("HB10 a client says that it sends its own beats, and is asked only when they stop", async () => {
    await using running = await startTestServer({ settings });
    const socket = new WebSocket(`${running.ws}${path}`);
    const questions: string[] = [];
    socket.on("message", (data) => {
      if (data.toString() === question) questions.push(question);
    });
    socket.on("open", () => {
      for (const frame of hello) socket.send(JSON.stringify(frame));
    });
    const closed = new Promise((resolve) => socket.on("close", resolve));
    let beats = 0;
    const timer = setInterval(() => {
      beats += socket.readyState === socket.OPEN ? 1 : 0;
      if (socket.readyState === socket.OPEN) socket.send(beat);
    }, 100);
    // Three intervals and more.
    await eventually(() => expect(beats).toBeGreaterThan(35));
    clearInterval(timer);
    expect(questions).toEqual([]);
    // Its transport answers the ping after the first miss.
    expect(await closed).toBe(4002);
    expect(questions).toHaveLength(2);
    socket.terminate();
  });
});

test("HB8 the JSON socket answers a client's ping", async () => {
  await using running = await startTestServer({ settings });
  const socket = new WebSocket(`${running.ws}/ws/new`);
  const frames: string[] = [];
  socket.on("message", (data) => frames.push(data.toString()));
  socket.on("open", () => socket.send(JSON.stringify({ type: "hello", name: "Ada" })));
  await eventually(() => expect(frames.some((frame) => frame.includes("welcome"))).toBe(true));
  socket.send('{"type":"ping"}');
  await eventually(() => expect(frames).toContain('{"type":"pong"}'));
  socket.terminate();
});
