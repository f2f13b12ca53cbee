import type { Duplex } from "node:stream";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { type KeptServer, onlyClient, RawClient, startKept } from "../testing/servers.ts";

/** Masked with zeros. */
const frame = (first: number, payload: Iterable<number>) => {
  const bytes = Buffer.from([...payload]);
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
};
const PONG = 0x8a;
const COMPRESSED_TEXT = 0xc1;
const NOT_UTF8 = [0xff, 0xfe];

/** More than is handed on at once. */
const flood = Buffer.concat(Array.from({ length: 300 }, () => frame(PONG, [])));
const compressed = frame(COMPRESSED_TEXT, deflateRawSync("PING"));
/** What would be read as the payload of a frame that has no mask. */
const more = Buffer.alloc(300, "a");

const refusals = [
  ["a close code that nobody may send", 1002, frame(0x88, [0x03, 0xee])],
  ["a close reason that is no UTF-8", 1007, frame(0x88, [0x03, 0xe8, ...NOT_UTF8])],
  ["a text that is no UTF-8", 1007, frame(0x81, NOT_UTF8)],
  ["a reserved bit", 1002, frame(0xb1, [0x61])],
] as const;

/** The server reads these one by one, but parses the second and the third in one go. @returns the close code and what was thrown. */
async function readInParts(server: KeptServer, chunks: readonly Buffer[]) {
  using client = await RawClient.connect(server.url);
  const thrown: Error[] = [];
  const threw = (error: Error) => thrown.push(error);
  process.on("uncaughtExceptionMonitor", threw);
  const { _socket: stream } = onlyClient(server) as unknown as { readonly _socket: Duplex };
  for (const chunk of chunks) stream.emit("data", chunk);
  const { code } = await client.closed;
  process.off("uncaughtExceptionMonitor", threw);
  return { code, thrown };
}

test.each(refusals)("SEC1 %s behind a flood, and more behind it, end the connection only", async (_, code, refused) => {
  await using server = await startKept();
  expect(await readInParts(server, [flood, refused, more])).toEqual({ code, thrown: [] });
});

test.each(refusals)(
  "SEC1 %s behind a compressed message, and more behind it, end the connection only",
  async (_, code, refused) => {
    await using server = await startKept();
    server.wss.options.perMessageDeflate = true;
    expect(await readInParts(server, [compressed, refused, more])).toEqual({ code, thrown: [] });
  },
);
