import { randomUUID } from "node:crypto";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { startTestServer, TestClient } from "../testing/testServer.ts";

describe("the JSON socket", () => {
  test("takes a client from hello to goodbye", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada", room: "general" });
    const welcome = await client.frame("welcome");
    expect(welcome).toMatchObject({ room: "general", resumed: false, heartbeat: { intervalMs: 30_000, boundMs: 90_100 } });
    expect(await client.frame("chat.members")).toMatchObject({
      room: "general",
      members: [{ user: "Ada", presence: "present" }],
    });

    client.send({ type: "goodbye" });
    expect(await client.closed).toMatchObject({ code: 1000 });
    const ended = await eventually(() => expectEnd(running, welcome.sessionId));
    expect(ended).toMatchObject({ reason: "client_left", tier: "socket", resourcesReleased: 1, cleanup: "complete" });
  });

  test("lets a client choose its session's id", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/session_chosen-by-me`);
    client.send({ type: "hello", name: "Ada" });
    expect(await client.frame("welcome")).toMatchObject({ sessionId: "session_chosen-by-me", room: null });
  });

  test("SOC1 a close frame ends the session as client_left, and a cut connection as connection_lost", async () => {
    await using running = await startTestServer();
    const [leaver, lost] = [await TestClient.connect(`${running.ws}/ws/new`), await TestClient.connect(`${running.ws}/ws/new`)];
    leaver.send({ type: "hello", name: "Leaver" });
    lost.send({ type: "hello", name: "Lost" });
    const ids = [(await leaver.frame("welcome")).sessionId, (await lost.frame("welcome")).sessionId];
    leaver.socket.close();
    lost.socket.terminate();
    expect(await eventually(() => expectEnd(running, ids[0]))).toMatchObject({ reason: "client_left", closeCode: 1005 });
    expect(await eventually(() => expectEnd(running, ids[1]))).toMatchObject({ reason: "connection_lost" });
  });

  test("HB1 beats are answered with a pong for as long as the client likes", async () => {
    const settings = { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100, tickMs: 10 };
    await using running = await startTestServer({ settings });
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.socket.on("message", (data) => {
      if (String(data) === '{"type":"heartbeat"}') client.send({ type: "pong" });
    });
    client.send({ type: "hello", name: "Ada" });
    await client.frame("welcome");
    await eventually(() => expect(client.frames.filter(({ type }) => type === "heartbeat").length).toBeGreaterThan(4));
    expect(running.server.services.keeper.stats()).toMatchObject({ active: 1, suspect: 0 });
  });

  test("HB5 a client that answers no heartbeat but its transport does is unresponsive", async () => {
    const settings = { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100, heartbeatMaxFailures: 2, tickMs: 10 };
    await using running = await startTestServer({ settings });
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Frozen" });
    const { sessionId } = await client.frame("welcome");
    expect((await client.closed).code).toBe(4002);
    expect(await eventually(() => expectEnd(running, sessionId))).toMatchObject({ reason: "unresponsive", misses: 2 });
    expect(running.lines.filter((line) => line.includes("Heartbeat failed"))).toHaveLength(2);
  });

  test("a message sent twice is stored once and broadcast once", async () => {
    await using running = await startTestServer();
    using ada = await TestClient.connect(`${running.ws}/ws/new`);
    using bob = await TestClient.connect(`${running.ws}/ws/new`);
    ada.send({ type: "hello", name: "Ada", room: "general" });
    bob.send({ type: "hello", name: "Bob", room: "general" });
    await Promise.all([ada.frame("welcome"), bob.frame("welcome")]);
    const id = randomUUID();
    for (const ref of [1, 2]) ada.send({ type: "chat.send", id, text: "hello", ref });
    await eventually(() => expect(ada.frames.filter(({ type }) => type === "chat.sent").map(({ ref }) => ref)).toEqual([1, 2]));
    bob.send({ type: "chat.history", room: "general", ref: "h" });
    expect(await bob.frame("chat.history")).toMatchObject({ ref: "h", messages: [{ id, text: "hello", user: "Ada", seq: 1 }] });
    expect(bob.frames.filter(({ type }) => type === "chat.message")).toHaveLength(1);
  });

  test("frames sent right behind the hello wait for its answer", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    client.send({ type: "chat.join", room: "general", ref: 7 });
    expect(await client.frame("chat.joined")).toMatchObject({ ref: 7, room: "general", messages: [] });
    expect(client.frames.map(({ type }) => type).slice(0, 2)).toEqual(["welcome", "chat.joined"]);
  });

  test("a known frame with an invalid field gets an error, and the session continues", async () => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    await client.frame("welcome");
    client.send({ type: "chat.join", room: "No Such Room!", ref: 3 });
    expect(await client.frame("error")).toMatchObject({ code: "bad_request", ref: 3, request: "chat.join" });
    client.send({ type: "chat.history", room: "general", ref: "r".repeat(101) });
    client.send({ type: "chat.history", room: "general", ref: { deep: 1 } });
    await eventually(() =>
      expect(client.frames.slice(-2)).toEqual([
        expect.objectContaining({ code: "bad_request", request: "chat.history", ref: "r".repeat(100) }),
        expect.objectContaining({ code: "bad_request", request: "chat.history", message: expect.stringContaining("ref") }),
      ]),
    );
    expect(running.server.services.keeper.stats().active).toBe(1);
  });
});

test("SOC1 a goodbye right behind requests is one, once they are answered", async () => {
  await using running = await startTestServer();
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room: "general" });
  client.send({ type: "chat.send", id: randomUUID(), text: "last words", ref: 1 });
  client.send({ type: "chat.history", room: "general", ref: 2 });
  client.send({ type: "goodbye" });
  expect((await client.closed).code).toBe(1000);
  expect(client.frames.find(({ ref }) => ref === 1)).toMatchObject({ type: "chat.sent" });
  expect(client.frames.find(({ ref }) => ref === 2)).toMatchObject({ type: "chat.history" });
  const { sessionId } = await client.frame("welcome");
  expect(await eventually(() => expectEnd(running, sessionId))).toMatchObject({ reason: "client_left" });
});

describe("bad input on the JSON socket", () => {
  const bad: [string, string | Buffer, string][] = [
    ["text that is not JSON", "junk", "the frame is not JSON"],
    ["an unknown type", '{"type":"dance"}', "type: expected one of hello, pong"],
    ["a type that every object has", '{"type":"toString"}', "type: expected one of hello, pong"],
    ["no object", "null", "type: expected one of hello, pong"],
    ["a binary frame", Buffer.from([1, 2, 3]), "binary frames"],
    ["a hello without a name", '{"type":"hello"}', "bad hello: name: expected a string, got nothing"],
    [
      "a hello with a name of control characters",
      '{"type":"hello","name":"a\\u0000b"}',
      "without control or invisible characters",
    ],
    [
      "a hello with a resume of the wrong shape",
      '{"type":"hello","name":"a","resume":"x"}',
      "bad hello: resume: expected an object, got 1 character",
    ],
  ];

  test.each(bad)("SES4 before hello, %s is answered with 4506 and one log line", async (_, frame, message) => {
    await using running = await startTestServer();
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.socket.send(frame);
    expect(await client.closed).toMatchObject({ code: 4506 });
    expect(client.frames[0]).toMatchObject({ type: "error", code: "protocol_error", message: expect.stringContaining(message) });
    expect(running.lines.filter((line) => line.includes("Refused"))).toHaveLength(1);
    expect(running.store.ledger.entries()).toEqual([]);
  });

  test("SOC1 junk ends a running session as protocol_error and harms none beside it", async () => {
    await using running = await startTestServer();
    using healthy = await TestClient.connect(`${running.ws}/ws/new`);
    using bad = await TestClient.connect(`${running.ws}/ws/new`);
    healthy.send({ type: "hello", name: "Healthy" });
    bad.send({ type: "hello", name: "Bad" });
    const { sessionId } = await bad.frame("welcome");
    await healthy.frame("welcome");
    bad.socket.send("junk");
    expect((await bad.closed).code).toBe(4506);
    expect(await eventually(() => expectEnd(running, sessionId))).toMatchObject({ reason: "protocol_error" });
    expect(healthy.socket.readyState).toBe(healthy.socket.OPEN);
    expect(running.server.services.keeper.stats().active).toBe(1);
  });

  test("SOC1 a frame over the limit ends the session as protocol_error", async () => {
    await using running = await startTestServer({ maxFrameBytes: 1024 });
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "Ada" });
    const { sessionId } = await client.frame("welcome");
    client.socket.send("x".repeat(2000));
    expect((await client.closed).code).toBe(1009);
    expect(await eventually(() => expectEnd(running, sessionId))).toMatchObject({ reason: "protocol_error" });
  });

  test("SES4 more bytes than a hello may have end the connection", async () => {
    await using running = await startTestServer({ settings: { helloMaxFrames: 3 } });
    using client = await TestClient.connect(`${running.ws}/ws/new`);
    for (let i = 0; i < 5; i++) client.send({ type: "pong" });
    expect((await client.closed).code).toBe(4506);
  });

  test("SES4 sockets that never say hello are closed at the deadline, which no frame extends", async () => {
    await using running = await startTestServer({ settings: { helloTimeoutMs: 200, tickMs: 10 } });
    const silent = await Promise.all(Array.from({ length: 20 }, () => TestClient.connect(`${running.ws}/ws/new`)));
    const chatty = silent[0] as TestClient;
    const pongs = setInterval(() => chatty.send({ type: "pong" }), 50);
    const codes = await Promise.all(silent.map(async ({ closed }) => (await closed).code));
    clearInterval(pongs);
    expect(new Set(codes)).toEqual(new Set([4005]));
    expect(running.server.services.keeper.stats()).toMatchObject({ opening: 0, refusals: { hello_timeout: 20 } });
  });
});

function expectEnd(running: Awaited<ReturnType<typeof startTestServer>>, sessionId: unknown) {
  const ended = running.store.ledger.entry(String(sessionId))?.ended;
  if (ended === null || ended === undefined) throw new Error(`${sessionId} has not ended`);
  return ended;
}
