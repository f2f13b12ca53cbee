import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { eventually } from "@lastbeat/support/eventually";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { startTestServer } from "../testing/testServer.ts";
import { BeatReader } from "./beatReader.ts";
import { leftOfFrame, UNKNOWN } from "./frameBounds.ts";
import { ServerSocket } from "./serverSocket.ts";

const PONG = Buffer.from("PONG");
const mask = Buffer.from([7, 0, 255, 128]);

/** A masked frame of a client. */
function frame(payload: Buffer, first = 0x81): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([first, ...size]), mask, payload.map((byte, at) => byte ^ (mask[at & 3] as number))]);
}

const beat = frame(PONG);

/** What a reader takes of these chunks, and what it passes on. */
function read(chunks: readonly Buffer[], payload = PONG) {
  const passed: Buffer[] = [];
  let beats = 0;
  const handle = {
    onread(data?: ArrayBuffer) {
      if (data !== undefined) passed.push(Buffer.from(data));
    },
  };
  const taker = {
    beatPayload: payload,
    beat: () => {
      beats += 1;
    },
  };
  expect(BeatReader.start({ _handle: handle, readableLength: 0 } as unknown as Duplex, taker)).toBe(true);
  for (const chunk of chunks) handle.onread(Uint8Array.from(chunk).buffer);
  return { beats, passed };
}

describe("the reader of heartbeats", () => {
  test("HB10 takes a heartbeat that is one whole frame, and passes everything else on", () => {
    const others = [frame(Buffer.from("PING")), frame(PONG, 0x82), frame(PONG, 0x8a), frame(Buffer.alloc(300, "x"))];
    expect(read([beat, ...others, beat])).toEqual({ beats: 2, passed: others });
  });

  test.each([
    ["two at once", [Buffer.concat([beat, beat])]],
    ["one in two pieces", [beat.subarray(0, 7), beat.subarray(7)]],
    ["one after the beginning of a message in fragments", [frame(Buffer.from("a"), 0x01), beat]],
    ["one without a mask", [Buffer.concat([Buffer.from([0x81, 4]), PONG])]],
    ["bytes in the middle of a message that look like one", [frame(Buffer.alloc(200)).subarray(0, 100), beat]],
    ["one after a header in two pieces", [frame(Buffer.alloc(9)).subarray(0, 1), frame(Buffer.alloc(9)).subarray(1), beat]],
  ])("HB10 passes on %s", (_, chunks) => expect(read(chunks)).toEqual({ beats: 0, passed: chunks }));

  test("HB10 takes those that follow a message in pieces", () => {
    const message = frame(Buffer.alloc(200, "x"));
    const pieces = [message.subarray(0, 50), message.subarray(50, 60), Buffer.concat([message.subarray(60), frame(PONG)])];
    expect(read([...pieces, beat])).toEqual({ beats: 1, passed: pieces });
  });

  test("HB10 knows the heartbeat of each dialect", () => {
    const json = Buffer.from('{"type":"pong"}');
    expect(read([frame(json), beat], json)).toEqual({ beats: 1, passed: [beat] });
  });

  test("HB10 leaves streams alone whose handle is not Node's, or that hold bytes read before", () => {
    const taker = { beatPayload: PONG, beat: () => {} };
    for (const stream of [{}, { _handle: null }, { _handle: {}, readableLength: 0 }])
      expect(BeatReader.start(stream as unknown as Duplex, taker)).toBe(false);
    const onread = () => {};
    const handle = { onread };
    expect(BeatReader.start({ _handle: handle, readableLength: 3 } as unknown as Duplex, taker)).toBe(false);
    expect(handle.onread).toBe(onread);
  });

  test("HB10 never loses track of frames without saying so, whatever the chunks", () => {
    const message = fc
      .tuple(fc.nat(400), fc.constantFrom(0x81, 0x82, 0x89, 0x8a))
      .map(([size, first]) => frame(Buffer.alloc(size), first));
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(1_500), { maxLength: 6 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames);
          const ends = new Set<number>();
          let end = 0;
          for (const { length } of frames) {
            end += length;
            ends.add(end);
          }
          let left = 0;
          let from = 0;
          for (const to of [...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].toSorted((a, b) => a - b)) {
            left = leftOfFrame(bytes.subarray(from, to), left);
            if (left === UNKNOWN) return;
            expect(left === 0).toBe(ends.has(to) || to === 0);
            from = to;
          }
        },
      ),
    );
  });
});

test("HB10 over a real socket heartbeats do not reach the parser; if they do, Node has changed what the reader builds on", async () => {
  await using running = await startTestServer({ settings: { heartbeatIntervalMs: 500, heartbeatPongTimeoutMs: 500 } });
  const parsed = vi.spyOn(ServerSocket.prototype, "emit");
  const socket = connect({ port: running.server.port, host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.write(
    "GET /trpc?connectionParams=1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await new Promise((resolve) => socket.once("data", resolve));
  const hello = { method: "connectionParams", data: { name: "Ada", beats: "client" } };
  socket.write(frame(Buffer.from(JSON.stringify(hello))));
  const { keeper } = running.server.services;
  await eventually(() => expect(keeper.stats().active).toBe(1));
  const messages = () => parsed.mock.calls.filter(([event]) => event === "message").length;
  const before = messages();
  const timer = setInterval(() => socket.write(beat), 50);
  await eventually(() => expect([...keeper.sessions()][0]?.snapshot().beats.length).toBeGreaterThanOrEqual(3));
  clearInterval(timer);
  expect(messages()).toBe(before);
  expect(keeper.stats().heartbeatsSent).toBe(0);
  parsed.mockRestore();
  socket.destroy();
});
