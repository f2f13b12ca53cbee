import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "@lastbeat/support/eventually";
import { Frame, type SocketDriver } from "@lastbeat/trpc/link";
import { describe, expect, type Mock, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ServerSocket } from "./serverSocket.ts";

const driver: SocketDriver = {
  beatPayload: Buffer.from("PONG"),
  beat() {},
  frame() {},
  pong() {},
  pinged() {},
  closing() {},
  failed() {},
};

interface Pair {
  readonly socket: ServerSocket;
  readonly stream: Duplex;
  readonly write: Mock<Duplex["write"]>;
  readonly client: WebSocket;
  /** What the client got, in order: texts as they are, control frames as `ping:…`, `pong:…` and `close:…`. */
  readonly got: string[];
}

/** Sockets of a server with these options, and their clients. */
class Sockets implements AsyncDisposable {
  readonly #http = createServer();
  #upgraded: ((pair: Pick<Pair, "socket" | "stream">) => void) | null = null;

  constructor({ perMessageDeflate }: { readonly perMessageDeflate: boolean | { readonly threshold: number } }) {
    const options = { noServer: true, perMessageDeflate, autoPong: false, WebSocket: ServerSocket };
    const wss = new WebSocketServer(options);
    this.#http.on("upgrade", (request, stream, head) => {
      wss.handleUpgrade(request, stream, head, (socket) => {
        socket.drive(driver, stream);
        this.#upgraded?.({ socket, stream });
      });
    });
    this.#http.listen(0, "127.0.0.1");
  }

  async open(): Promise<Pair> {
    if (!this.#http.listening) await once(this.#http, "listening");
    const upgraded = new Promise<Pick<Pair, "socket" | "stream">>((resolve) => {
      this.#upgraded = resolve;
    });
    const client = new WebSocket(`ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`);
    const got: string[] = [];
    client.on("message", (data, isBinary) => got.push(isBinary ? `binary:${String(data)}` : String(data)));
    client.on("ping", (data) => got.push(`ping:${String(data)}`));
    client.on("pong", (data) => got.push(`pong:${String(data)}`));
    client.on("close", (code) => got.push(`close:${code}`));
    const opened = once(client, "open");
    const { socket, stream } = await upgraded;
    await opened;
    return { socket, stream, client, got, write: vi.spyOn(stream, "write") };
  }

  async [Symbol.asyncDispose]() {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

describe("frames of a socket", () => {
  test("SOC6 what one turn sends is one write, framed as ws frames it, whatever its length", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const texts = ["", "é", "x".repeat(125), "y".repeat(126), "z".repeat(6_000), "ö".repeat(5_000)];
    for (const text of texts) pair.socket.sendFrame(new Frame(text));
    expect(pair.write).not.toHaveBeenCalled();
    await eventually(() => expect(pair.got).toEqual(texts));
    expect(pair.write).toHaveBeenCalledTimes(1);
  });

  test("SOC6 long and binary messages arrive whole and in order", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const texts = ["a", "b".repeat(65_535), "c".repeat(65_536), "d"];
    for (const text of texts) pair.socket.sendFrame(new Frame(text));
    pair.socket.sendFrame(new Frame(Buffer.from("bytes")));
    await eventually(() => expect(pair.got).toEqual([...texts, "binary:bytes"]));
  });

  test("SOC6 pings, pongs, timed frames and the close frame of ws keep their place", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const { socket, got } = pair;
    socket.sendFrame(new Frame("1"));
    socket.ping("2");
    socket.sendFrame(new Frame("3"));
    socket.pong("4");
    socket.sendFrame(new Frame("5"));
    socket.sendAtOnce(new Frame("6"));
    socket.sendFrame(new Frame("7"));
    socket.closeByServer(4000, "done");
    await eventually(() => expect(got).toEqual(["1", "ping:2", "3", "pong:4", "5", "6", "7", "close:4000"]));
  });

  test("SOC6 what ws has been given before comes before, and what it is given after comes after", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const { socket, stream, got } = pair;
    stream.cork();
    socket.send("ws 1");
    socket.sendAtOnce(new Frame("ours"));
    socket.send("ws 2");
    stream.uncork();
    await eventually(() => expect(got).toEqual(["ws 1", "ours", "ws 2"]));
  });

  test("SOC6 a frame for many sockets is framed and joined once", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using one = closing(await sockets.open());
    using other = closing(await sockets.open());
    const frames = [new Frame("a"), new Frame("b"), new Frame("c")];
    for (const frame of frames) for (const { socket } of [one, other]) socket.sendFrame(frame);
    await eventually(() =>
      expect([one.got, other.got]).toEqual([
        ["a", "b", "c"],
        ["a", "b", "c"],
      ]),
    );
    expect(one.write.mock.calls[0]?.[0]).toBe(other.write.mock.calls[0]?.[0]);
  });

  test("SOC3 what the system refuses counts as waiting, and what is held back behind it too", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const { socket, stream, client } = pair;
    socket.sendFrame(new Frame("held"));
    expect(socket.waitingBytes).toBe(0);
    client.pause();
    const large = new Frame("x".repeat(1_000_000));
    while (socket.waitingBytes === 0) socket.sendFrame(large);
    expect(socket.waitingBytes).toBe(socket.bufferedAmount);
    expect(socket.bufferedAmount).toBe(stream.writableLength);
    const before = socket.waitingBytes;
    socket.sendFrame(new Frame("held"));
    expect(socket.waitingBytes).toBe(before + 6);
  });

  test("SOC6 bytes that wait for a slow reader stay as they were, whatever others are sent meanwhile", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using slow = closing(await sockets.open());
    using quick = closing(await sockets.open());
    slow.client.pause();
    const expected: string[] = [];
    for (let at = 0; at < 1_000; at += 1) {
      const text = `${at}:`.padEnd(50_000, String(at % 10));
      expected.push(text);
      slow.socket.sendFrame(new Frame(text));
      quick.socket.sendFrame(new Frame("noise ".repeat(1_000)));
      if (at % 10 === 0) await nextTurn();
    }
    expect(slow.socket.waitingBytes).toBeGreaterThan(1_000_000);
    slow.client.resume();
    await eventually(() => expect(slow.got).toHaveLength(1_000), { withinMs: 5_000 });
    expect(slow.got).toEqual(expected);
  });

  test("SOC6 a socket that is dropped first gets what it was sent, and one that is gone nothing", async () => {
    await using sockets = new Sockets({ perMessageDeflate: false });
    using pair = closing(await sockets.open());
    const { socket, got, write } = pair;
    socket.sendFrame(new Frame("last"));
    socket.terminate();
    await eventually(() => expect(got).toEqual(["last", "close:1006"]));
    socket.sendFrame(new Frame("too late"));
    await nextTurn();
    await nextTurn();
    expect(write).toHaveBeenCalledTimes(1);
  });

  test("SOC6 where an extension was agreed on, ws frames the messages", async () => {
    await using sockets = new Sockets({ perMessageDeflate: { threshold: 0 } });
    using pair = closing(await sockets.open());
    const { socket, got } = pair;
    expect(socket.extensions).not.toBe("");
    for (const text of ["a", "b".repeat(1_000), "c"]) socket.sendFrame(new Frame(text));
    socket.sendAtOnce(new Frame("d"));
    await eventually(() => expect(got).toEqual(["a", "b".repeat(1_000), "c", "d"]));
  });
});

function closing(pair: Pair): Pair & Disposable {
  return { ...pair, [Symbol.dispose]: () => pair.client.terminate() };
}
