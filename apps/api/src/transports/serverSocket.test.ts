import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { eventually, startTestServer, type TestServer } from "../testing/testServer.ts";

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
  return eventually(() => {
    const ended = running.store.ledger.entries()[0]?.ended;
    if (ended === null || ended === undefined) throw new Error("not ended");
    return ended;
  }, 1_000);
}

describe("a socket", () => {
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
