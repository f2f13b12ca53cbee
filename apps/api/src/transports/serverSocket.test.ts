import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";

/** A WebSocket client by hand, so that a test decides what TCP does. Frames are masked with zeros. */
class RawClient implements Disposable {
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static async open(running: TestServer, name: string): Promise<RawClient> {
    const socket = connect({ port: running.server.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.write(
      "GET /ws/new HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(socket, "data");
    const client = new RawClient(socket);
    client.frame(0x1, Buffer.from(JSON.stringify({ type: "hello", name })));
    socket.on("error", () => {});
    await eventually(() => expect(running.server.services.keeper.stats().active).toBe(1));
    return client;
  }

  frame(opcode: number, payload: Buffer): void {
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

const close = (code: number, reason: string) => {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
};

async function endOf(running: TestServer) {
  return eventually(
    () => {
      const ended = running.store.ledger.entries()[0]?.ended;
      if (ended === null || ended === undefined) throw new Error("not ended");
      return ended;
    },
    { withinMs: 1_000 },
  );
}

describe("a socket", () => {
  test("SOC1 a burst of pings is answered, every one, and the session goes on", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    let pongs = 0;
    client.socket.on("data", (data: Buffer) => {
      for (let at = 0; at < data.length; at++) if (data[at] === 0x8a) pongs++;
    });
    client.socket.cork();
    for (let at = 0; at < 500; at++) client.frame(0x9, Buffer.alloc(0));
    client.socket.uncork();
    await eventually(() => expect(pongs).toBe(500));
    expect(running.server.services.keeper.stats().active).toBe(1);
  });

  test("SOC3 pings of a client that reads no answer end it as a slow reader, whom the server cut", async () => {
    await using running = await startTestServer({ settings: { maxBufferedBytes: 65_536 } });
    using client = await RawClient.open(running, "Ada");
    client.socket.pause();
    const flood = setInterval(() => {
      for (let at = 0; at < 2_000; at++) client.frame(0x9, Buffer.alloc(100));
    }, 5);
    try {
      const ended = await eventually(() => endOf(running));
      expect(ended).toMatchObject({ reason: "slow_consumer", initiator: "server" });
    } finally {
      clearInterval(flood);
    }
  });

  test("SOC1 SOC7 a message with too many fragments is a protocol error, not a client leave", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    const piece = (opcode: number) => Buffer.from([opcode, 0x81, 0, 0, 0, 0, 0x61]);
    client.socket.write(Buffer.concat([piece(0x1), ...Array.from({ length: 256 }, () => piece(0x0))]));
    expect(await eventually(() => endOf(running))).toMatchObject({
      reason: "protocol_error",
      detail: expect.stringContaining("Too many message fragments"),
    });
  });

  test("SOC2 the session ends when the close frame arrives, though TCP stays open", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    client.frame(0x8, close(1001, "leaving the page"));
    expect(await endOf(running)).toMatchObject({ reason: "client_left", closeCode: 1001 });
    expect(client.socket.readableEnded && client.socket.destroyed).toBe(false);
  });

  test("SOC1 a FIN without a close frame is a lost connection, though the client still reads", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    client.socket.pause();
    client.socket.end();
    expect(await endOf(running)).toMatchObject({ reason: "connection_lost" });
  });

  test("SOC1 a FIN is one at once, though what waits for the client keeps TCP open in the other direction", async () => {
    await using running = await startTestServer({ settings: { maxBufferedBytes: 1_073_741_824 } });
    using client = await RawClient.open(running, "Ada");
    client.socket.pause();
    const [session] = running.server.services.keeper.sessions();
    const socket = session?.socket;
    const detail = "x".repeat(1_000_000);
    // More than the system takes in for both ends together.
    for (let at = 0; at < 32; at += 1)
      socket?.notify({ type: "ending", reason: "idle", code: 4501, retry: false, retryAfterMs: 0, detail });
    expect(socket?.bufferedBytes).toBeGreaterThan(1_000_000);
    client.socket.end();
    expect(await endOf(running)).toMatchObject({ reason: "connection_lost" });
    expect(socket?.bufferedBytes).toBeGreaterThan(1_000_000);
  });

  test("SOC1 a reset is a lost connection", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    client.socket.resetAndDestroy();
    expect(await endOf(running)).toMatchObject({ reason: "connection_lost" });
  });

  test.each([
    ["a frame with reserved bits", () => Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
    ["a frame that is not masked", () => Buffer.from([0x81, 0x01, 0x61])],
    ["text that is not UTF-8", () => Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])],
    ["a close frame with a forbidden code", () => Buffer.concat([Buffer.from([0x88, 0x82, 0, 0, 0, 0]), close(1006, "")])],
  ])("SOC1 %s ends the session as protocol_error", async (_, frame) => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    client.socket.write(frame());
    expect(await endOf(running)).toMatchObject({ reason: "protocol_error" });
  });

  test("SES6 a client that ignores the close frame is dropped, and its session had ended before", async () => {
    await using running = await startTestServer();
    using client = await RawClient.open(running, "Ada");
    const [session] = running.server.services.keeper.sessions();
    const dropped = once(client.socket, "close");
    client.socket.on("end", () => client.socket.end());
    await session?.end();
    expect(running.server.services.keeper.stats()).toMatchObject({ active: 0, ending: 0 });
    await dropped;
  });
});
