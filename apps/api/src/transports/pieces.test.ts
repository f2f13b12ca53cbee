import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/testServer.ts";

const MAX_FRAGMENTS = 256;
const MAX_PIECES = 1_024;

const TEXT = 0x1;
const CONTINUATION = 0x0;
const PING = 0x9;
const FINAL = 0x80;
/** A pong without payload, as the server sends it. */
const PONG = Buffer.from([0x8a, 0]).toString("latin1");

interface Dialect {
  readonly path: string;
  readonly hello: string;
  /** A request, and what its answer has in it that no other frame has. */
  readonly request: string;
  readonly answer: string;
}

const dialects: Readonly<Record<string, Dialect>> = {
  JSON: {
    path: "/ws/new",
    hello: '{"type":"hello","name":"Ada"}',
    request: '{"type":"ping"}',
    answer: '{"type":"pong"}',
  },
  tRPC: {
    path: "/trpc?connectionParams=1",
    hello: '{"method":"connectionParams","data":{"name":"Ada"}}',
    request: '{"id":77,"method":"query","params":{"path":"auth.me"}}',
    answer: '"id":77',
  },
};

/** Masked with zeros. */
function frame(first: number, payload: string): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([first, ...size, 0, 0, 0, 0]), Buffer.from(payload)]);
}

/** The request with blanks behind it, one character to a fragment. `between` comes before each fragment but the first. */
function inFragments(request: string, count: number, between: Buffer = Buffer.alloc(0)): Buffer {
  const fragments = Array.from(request.padEnd(count), (character, at) =>
    frame((at === 0 ? TEXT : CONTINUATION) | (at === count - 1 ? FINAL : 0), character),
  );
  return Buffer.concat(fragments.flatMap((each, at) => (at === 0 ? [each] : [between, each])));
}

/** A session whose client decides in which pieces the server reads. */
class Client implements Disposable {
  readonly #socket: Socket;
  /** The server's end. */
  readonly #served: Socket;
  got = "";

  private constructor(socket: Socket, served: Socket) {
    this.#socket = socket;
    this.#served = served;
    socket.on("data", (data: Buffer) => {
      this.got += data.toString("latin1");
    });
    socket.on("error", () => {});
  }

  static async open(running: TestServer, { path, hello }: Dialect): Promise<Client> {
    const served = Promise.withResolvers<Socket>();
    const accepted = (message: unknown) => served.resolve((message as { readonly socket: Socket }).socket);
    subscribe("net.server.socket", accepted);
    const socket = connect({ port: running.server.port, host: "127.0.0.1", noDelay: true });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(socket, "data");
    unsubscribe("net.server.socket", accepted);
    const client = new Client(socket, await served.promise);
    client.write(frame(FINAL | TEXT, hello));
    await eventually(() => expect(running.server.services.keeper.stats().active).toBe(1));
    return client;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Writes each byte once the server has read the one before. */
  async byBytes(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      const before = this.#served.bytesRead;
      this.write(Buffer.from([byte]));
      while (this.#served.bytesRead === before && !this.#served.destroyed) await nextTurn();
    }
  }

  pongs(): number {
    return this.got.split(PONG).length - 1;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

const endOf = (running: TestServer) =>
  eventually(() => running.store.ledger.entries()[0]?.ended ?? Promise.reject(new Error("not ended")));

const HEADER_BYTES = frame(TEXT, " ".repeat(MAX_PIECES)).length - MAX_PIECES;

describe.each(Object.entries(dialects))("a message over %s", (_, dialect) => {
  const { request, answer } = dialect;

  test("SOC7 in 256 fragments is answered", async () => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    client.write(inFragments(request, MAX_FRAGMENTS));
    await eventually(() => expect(client.got).toContain(answer));
    expect(running.server.services.keeper.stats().active).toBe(1);
  });

  test("SOC7 in 256 fragments with pings between them is answered, and so is every ping", async () => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    client.write(inFragments(request, MAX_FRAGMENTS, frame(FINAL | PING, "")));
    await eventually(() => expect(client.got).toContain(answer));
    await eventually(() => expect(client.pongs()).toBe(MAX_FRAGMENTS - 1));
  });

  test("SOC7 in 256 fragments twice is answered twice: the count begins anew with each message", async () => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    for (let count = 1; count <= 2; count += 1) {
      client.write(inFragments(request, MAX_FRAGMENTS));
      await eventually(() => expect(client.got.split(answer)).toHaveLength(count + 1));
    }
  });

  test.each([
    ["", Buffer.alloc(0)],
    [" with pings between them", frame(FINAL | PING, "")],
  ])("SOC1 SOC7 in 257 fragments%s ends the session, and is not answered", async (_, between) => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    client.write(inFragments(request, MAX_FRAGMENTS + 1, between));
    expect(await endOf(running)).toMatchObject({
      reason: "protocol_error",
      detail: expect.stringContaining("Too many message fragments"),
    });
    expect(client.got).not.toContain(answer);
  });

  test("SOC7 whose frame comes in 1,024 pieces is answered", async () => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    const bytes = frame(FINAL | TEXT, request.padEnd(MAX_PIECES));
    client.write(bytes.subarray(0, HEADER_BYTES));
    await client.byBytes(bytes.subarray(HEADER_BYTES));
    await eventually(() => expect(client.got).toContain(answer));
  });

  test("SOC1 SOC7 whose frame comes in 1,025 pieces ends the session, and is not answered", async () => {
    await using running = await startTestServer();
    using client = await Client.open(running, dialect);
    const bytes = frame(FINAL | TEXT, request.padEnd(MAX_PIECES + 1));
    client.write(bytes.subarray(0, HEADER_BYTES));
    await client.byBytes(bytes.subarray(HEADER_BYTES));
    expect(await endOf(running)).toMatchObject({
      reason: "protocol_error",
      detail: expect.stringContaining("Too many buffered chunks"),
    });
    expect(client.got).not.toContain(answer);
  });
});
