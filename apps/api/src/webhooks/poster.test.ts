import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, it } from "vitest";
import { Poster, type PosterOptions } from "./poster.ts";
import { type Receiver, sampleSecret, sampleWebhook, startReceiver, status } from "./testing/receiver.ts";
import { selfSigned } from "./testing/selfSigned.ts";

const message = { messageId: "session_a.ended", body: '{"id":"session_a.ended","text":"“é”"}' };

interface Posted extends Disposable {
  post(): ReturnType<Poster["post"]>;
}

function posterTo(url: string, options: PosterOptions = {}): Posted {
  const poster = new Poster(sampleWebhook({ url }), options);
  return { post: () => poster.post(message), [Symbol.dispose]: () => poster.close() };
}

/** A receiver that speaks no HTTP of its own: each connection gets these bytes. */
async function rawReceiver(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
    // A connection whose bytes nobody reads would not notice that it is closed.
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const failed = (error: unknown) => ({ delivered: false, error, refusedForGood: false, retryAfterMs: null });

describe("posting a webhook", () => {
  it("WHK5 is signed over the moment and the body, with the message's id", async () => {
    await using receiver = await startReceiver();
    using poster = posterTo(receiver.url, { nowMs: () => 1_800_000_000_900 });
    expect(await poster.post()).toEqual({ delivered: true });
    const hmac = createHmac("sha256", sampleSecret).update(`1800000000.${message.body}`).digest("hex");
    expect(receiver.received).toEqual([{ ...message, path: "/hook", signature: `t=1800000000,v1=${hmac}` }]);
  });

  it("WHK7 uses a connection again", async () => {
    await using receiver = await startReceiver((_, response) => void response.end("thanks"));
    using poster = posterTo(receiver.url);
    for (let at = 0; at < 5; at += 1) expect(await poster.post()).toEqual({ delivered: true });
    expect(receiver.connections()).toBe(1);
  });

  it("WHK7 follows no redirect, whoever it leads to", async () => {
    await using other = await startReceiver();
    await using receiver = await startReceiver(status(307, { location: other.url }));
    using poster = posterTo(receiver.url);
    expect(await poster.post()).toEqual(failed("answered 307; redirects are not followed"));
    expect([receiver.received.length, other.received.length]).toEqual([1, 0]);
  });

  it("WHK7 a receiver that accepts and never answers costs its time limit", async () => {
    await using receiver = await rawReceiver(() => {});
    using poster = posterTo(receiver.url, { answerMs: 50 });
    expect(await poster.post()).toEqual(failed("no answer within 0.05 s"));
    await eventually(() => expect(receiver.sockets.size).toBe(0));
  });

  it("WHK7 so does one that drips its headers", async () => {
    await using receiver = await rawReceiver((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const dripping = setInterval(() => socket.write("X-Drop: 1\r\n"), 5);
      socket.on("close", () => clearInterval(dripping));
    });
    using poster = posterTo(receiver.url, { answerMs: 80 });
    expect(await poster.post()).toEqual(failed("no answer within 0.08 s"));
  });

  it("WHK7 an answer's body decides nothing, and is cut off when it drips or is huge", async () => {
    let written = 0;
    await using receiver = await rawReceiver((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const piece = "x".repeat(65_536);
      const more = () => {
        while (!socket.destroyed && written < 200 * 2 ** 20 && socket.write(`10000\r\n${piece}\r\n`)) written += piece.length;
      };
      socket.on("drain", more);
      more();
    });
    using poster = posterTo(receiver.url);
    expect(await poster.post()).toEqual({ delivered: true });
    await eventually(() => expect(receiver.sockets.size).toBe(0));
    expect(written).toBeLessThan(32 * 2 ** 20);

    await using dripping = await startReceiver((_, response) => {
      const timer = setInterval(() => response.write("."), 5);
      response.on("close", () => clearInterval(timer));
    });
    using patient = posterTo(dripping.url);
    expect(await patient.post()).toEqual({ delivered: true });
    expect(await patient.post()).toEqual({ delivered: true });
  });

  it.each([
    ["nothing", "", "socket hang up"],
    ["something other than HTTP", "SSH-2.0-OpenSSH_9.6\r\n", expect.stringContaining("Parse Error")],
    ["headers without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(40_000)}\r\n`, expect.stringContaining("Header overflow")],
    ["another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", expect.any(String)],
  ])("WHK7 a receiver that answers %s has failed", async (_, bytes, error) => {
    await using receiver = await rawReceiver((socket) => socket.once("data", () => socket.end(bytes)));
    using poster = posterTo(receiver.url, { answerMs: 5_000 });
    expect(await poster.post()).toEqual(failed(error));
  });

  it("WHK7 so has one that is not there, and one whose certificate nobody vouches for", async () => {
    const gone = await startReceiver();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    using poster = posterTo(url);
    expect(await poster.post()).toEqual(failed(expect.stringContaining("ECONNREFUSED")));

    const tls = createTlsServer(selfSigned(), (_, response) => void response.end());
    tls.listen(0, "127.0.0.1");
    await once(tls, "listening");
    using safe = posterTo(`https://127.0.0.1:${(tls.address() as AddressInfo).port}/secret-path`);
    const result = await safe.post();
    tls.close();
    expect(result).toEqual(failed(expect.stringMatching(/self-signed certificate/)));
    expect(JSON.stringify(result)).not.toContain("secret");
  });

  it("WHK7 what is under way is cut off when the server stops", async () => {
    await using receiver: Receiver = await startReceiver(() => {});
    const poster = new Poster(sampleWebhook({ url: receiver.url }));
    const posted = poster.post(message);
    await eventually(() => expect(receiver.received.length).toBe(1));
    poster.close();
    expect(await posted).toMatchObject({ delivered: false });
  });
});
