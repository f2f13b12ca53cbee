/** Frames that nobody should send. */
import { deflateRawSync } from "node:zlib";
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import { pause } from "../harness/attacker.ts";
import { type FrameOptions, frame, opcodes } from "../harness/frames.ts";

const dialects = ["json", "trpc"] as const;

/** A session that sends these bytes is ended with this close code. */
function endedWith(code: number, name: string, bytes: Buffer): Attack[] {
  return dialects.map((dialect) => ({
    name: `${name} (${dialect})`,
    must: `ended with ${code}`,
    async run(scene) {
      const attacker = await scene[dialect]();
      attacker.write(bytes);
      expect((await attacker.close()).code).toBe(code);
    },
  }));
}

/** As browsers make it, with the largest window, and of others' extensions. */
const offers = [
  "permessage-deflate",
  "permessage-deflate; server_no_context_takeover; client_max_window_bits=15, permessage-deflate",
  "x-webkit-deflate-frame, permessage-bzip2",
];

/** Compression is offered; the server does not agree, and takes no compressed frame. */
function compressionOffered(dialect: "json" | "trpc"): Attack {
  return {
    name: `a compressed bomb after an offer of compression (${dialect})`,
    must: "the offer is not taken, ended with 1002",
    async run(scene) {
      for (const offer of offers) {
        const attacker = await scene[dialect]({ headers: { "Sec-WebSocket-Extensions": offer } });
        expect(attacker.head).not.toMatch(/^sec-websocket-extensions:/im);
        attacker.write(text(bomb, { reserved: 4 }));
        expect((await attacker.close()).code).toBe(1002);
      }
    },
  };
}

/** The server reads these one by one while it still has the flood to work through, so it has all of them left when it refuses the second. */
function refusedBehindFlood(dialect: "json" | "trpc"): Attack {
  return {
    name: `a flood, a close code that nobody may send, and more (${dialect})`,
    must: "ended with 1002",
    async run(scene) {
      const attacker = await scene[dialect]();
      attacker.socket.setNoDelay(true);
      const flood = Buffer.concat(Array.from({ length: 2_000 }, () => frame("", { opcode: opcodes.ping })));
      for (const bytes of [flood, close(1006), Buffer.alloc(300, "a")]) {
        attacker.write(bytes);
        await pause(2);
      }
      expect((await attacker.close()).code).toBe(1002);
    },
  };
}

/** A session that sends this is told so, and goes on. */
function toldAndGoesOn(dialect: "json" | "trpc", name: string, content: unknown): Attack {
  return {
    name: `${name} (${dialect})`,
    must: "one error, and the session goes on",
    async run(scene) {
      const attacker = await scene[dialect]();
      attacker.send(content);
      await attacker.message((message) => message.type === "error" || message.error !== undefined);
      attacker.send(dialect === "json" ? { type: "ping" } : { id: 77, method: "query", params: { path: "auth.me" } });
      await attacker.message(({ type, id }) => type === "pong" || id === 77);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  };
}

const text = (content: string | Buffer, options: FrameOptions = {}) => frame(content, options);
const close = (code: number) => frame(Buffer.from([code >> 8, code & 255]), { opcode: opcodes.close });
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const bomb = deflateRawSync(Buffer.alloc(10_000_000, "a"));

/** In fragments, and with the bit where no agreement would allow it. */
const compressedElsewhere = Buffer.concat([
  text("{", { final: false }),
  text(bomb.subarray(0, 100), { opcode: opcodes.continuation, reserved: 4 }),
]);

attacks("WebSocket frames", {}, [
  ...endedWith(1002, "an unmasked frame", text("{}", { masked: false })),
  ...endedWith(1002, "a reserved bit", text("{}", { reserved: 1 })),
  ...endedWith(1002, "a compressed bomb without agreement", text(bomb, { reserved: 4 })),
  ...dialects.map(compressionOffered),
  ...endedWith(1002, "a compressed fragment behind a plain one", compressedElsewhere),
  ...endedWith(1002, "a compressed ping", frame(bomb.subarray(0, 100), { opcode: opcodes.ping, reserved: 4 })),
  ...endedWith(1002, "a reserved opcode", text("{}", { opcode: 3 })),
  ...endedWith(1002, "a continuation of nothing", text("{}", { opcode: opcodes.continuation })),
  ...endedWith(1002, "a ping in fragments", text("a", { opcode: opcodes.ping, final: false })),
  ...endedWith(1002, "a ping of 126 bytes", text("a".repeat(126), { opcode: opcodes.ping })),
  ...endedWith(1002, "a close frame of one byte", frame("a", { opcode: opcodes.close })),
  ...endedWith(1002, "a close code that nobody may send", close(1006)),
  ...dialects.map(refusedBehindFlood),
  ...endedWith(1007, "text that is no UTF-8", text(Buffer.from([0xff, 0xfe]), { opcode: opcodes.text })),
  ...endedWith(1009, "a frame that says it has 2^62 bytes", text("a", { length: 2n ** 62n })),
  ...endedWith(1009, "a frame that says it has 10 MB", text("a".repeat(200_000), { length: 10_000_000 })),
  ...endedWith(
    1008,
    "a message of 5,000 empty fragments",
    Buffer.concat([
      text("", { final: false }),
      ...Array.from({ length: 5_000 }, () => text("", { opcode: opcodes.continuation, final: false })),
    ]),
  ),
  toldAndGoesOn("trpc", "JSON of 30,000 levels", nested(30_000)),
  toldAndGoesOn("trpc", "no JSON", "{"),
  toldAndGoesOn("trpc", "an unknown procedure", { id: 5, method: "query", params: { path: "no.such" } }),
  toldAndGoesOn("trpc", "the procedure `__proto__`", { id: 5, method: "query", params: { path: "__proto__.toString" } }),
  toldAndGoesOn("trpc", "the method `constructor`", { id: 5, method: "constructor", params: { path: "auth.me" } }),
  toldAndGoesOn(
    "trpc",
    "a batch of 1,000 calls",
    Array.from({ length: 1_000 }, (_, id) => ({ id, method: "query", params: { path: "auth.me" } })),
  ),
  toldAndGoesOn(
    "trpc",
    "a key that pollutes prototypes",
    '{"id":5,"method":"mutation","params":{"path":"chat.send","input":{"__proto__":{"polluted":true}}}}',
  ),
  toldAndGoesOn("trpc", "a call for operators", { id: 5, method: "mutation", params: { path: "settings.save", input: {} } }),
  toldAndGoesOn("trpc", "the end of another's session", {
    id: 5,
    method: "mutation",
    params: { path: "sessions.end", input: { id: "session_a" } },
  }),
  toldAndGoesOn("json", "a key that pollutes prototypes", '{"type":"chat.join","room":7,"__proto__":{"polluted":true}}'),
  toldAndGoesOn("json", "a room with a path in its name", { type: "chat.join", room: "../../etc" }),
  toldAndGoesOn("json", "a history of a million", { type: "chat.history", room: "lobby", limit: 1_000_000 }),
  toldAndGoesOn("json", "a message of 60 KB", {
    type: "chat.send",
    id: "0b5e8f4e-7c3b-4d6a-9f57-2f4d1f0a9c11",
    text: "x".repeat(60_000),
  }),
]);
