import { connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { MAX_UNSENT_PONGS, Pongs } from "@lastbeat/trpc/link";
import { expect, test } from "vitest";

const PINGS = 300_000;
/** A masked ping with as many bytes as fit, so that its answers soon fill what the system keeps for a client. */
const PING = Buffer.concat([Buffer.from([0x89, 0x80 | 125, 0, 0, 0, 0]), Buffer.alloc(125)]);

const upgrade =
  "GET /ws/new HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** A socket of `ws` that sends nothing until it is told to. */
function stuckSocket() {
  const pongs: string[] = [];
  const waiting: (() => void)[] = [];
  const pong = (data: Buffer, _mask: boolean, sent: () => void) => {
    pongs.push(data.toString());
    waiting.push(sent);
  };
  const ws = { readyState: 1, OPEN: 1, pong } as unknown as ConstructorParameters<typeof Pongs>[0];
  const sendAll = () => {
    for (const sent of waiting.splice(0)) sent();
  };
  return { ws, pongs, sendAll };
}

test("SOC3 of pings whose answers nobody reads only so many are answered, and the newest once there is room", () => {
  const { ws, pongs, sendAll } = stuckSocket();
  const answers = new Pongs(ws);
  for (let at = 1; at <= 3 * MAX_UNSENT_PONGS; at += 1) answers.answer(Buffer.from(String(at)));
  expect(pongs).toHaveLength(MAX_UNSENT_PONGS);
  sendAll();
  expect(pongs.slice(MAX_UNSENT_PONGS)).toEqual([String(3 * MAX_UNSENT_PONGS)]);
  sendAll();
  answers.answer(Buffer.from("next"));
  expect(pongs.at(-1)).toBe("next");
});

test("SOC3 a client that pings without end before its hello and reads nothing costs the server no memory", async () => {
  await using server = await startScratchServer();
  const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
  try {
    socket.on("error", () => {});
    socket.write(upgrade);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const before = server.process.ownBytes();
    await flood(socket);
    // The server has taken all of them once another connection is answered.
    expect((await fetch(`${server.http}/healthz`)).status).toBe(200);
    expect(server.process.ownBytes() - before).toBeLessThan(100 * 1024 * 1024);
  } finally {
    socket.destroy();
  }
});

async function flood(socket: Socket): Promise<void> {
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => PING));
  for (let sent = 0; sent < PINGS; sent += 10_000) socket.write(many);
  await eventually(() => expect(socket.writableLength).toBe(0));
}
