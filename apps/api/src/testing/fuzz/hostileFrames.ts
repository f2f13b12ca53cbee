/** Frames that nobody should send: right ones of both dialects, bent in every way that a seed thinks of. */
import type { SeededRandom } from "@lastbeat/core/testing";

export type Dialect = "trpc" | "json";

export interface HostileFrame {
  readonly data: string | Buffer;
  readonly opcode: "text" | "binary" | "ping" | "pong" | "bytes";
}

const uuid = "0b5e8f4e-7c3b-4d6a-9f57-2f4d1f0a9c11";

const jsonFrames: readonly unknown[] = [
  { type: "hello", name: "Fuzz", room: "fuzz" },
  { type: "hello", name: "Fuzz", resume: { sessionId: "session_nobody", token: "x" } },
  { type: "pong" },
  { type: "still_here" },
  { type: "goodbye" },
  { type: "chat.join", room: "fuzz", ref: 1 },
  { type: "chat.send", id: uuid, text: "hi", ref: "a" },
  { type: "chat.typing" },
  { type: "chat.members" },
  { type: "chat.history", room: "fuzz", limit: 10, beforeSeq: 5, ref: 2 },
];

const call = (method: string, path: string, input?: unknown) => ({ id: 1, jsonrpc: "2.0", method, params: { path, input } });

const trpcFrames: readonly unknown[] = [
  { method: "connectionParams", data: { name: "Fuzz", room: "fuzz", resume: "session_nobody.x" } },
  { method: "connectionParams", data: { name: "Fuzz", room: "fuzz" } },
  call("mutation", "session.open", { name: "Fuzz", room: "fuzz" }),
  call("mutation", "session.open", { name: "Fuzz", kind: "admin" }),
  call("subscription", "session.events"),
  call("subscription", "system.overviewFeed"),
  call("mutation", "session.goodbye"),
  call("mutation", "session.stillHere"),
  call("mutation", "chat.join", { room: "fuzz" }),
  call("mutation", "chat.send", { id: uuid, text: "hi" }),
  call("mutation", "chat.typing"),
  call("query", "chat.history", { room: "fuzz", limit: 5 }),
  call("query", "auth.me"),
  call("query", "ends.list", { text: "x" }),
  call("mutation", "settings.save", { basedOnRevision: 0, values: {} }),
  { id: 1, method: "subscription.stop" },
  [call("query", "auth.me"), call("query", "auth.me")],
];

const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);

/** Values that programs stumble over. Text that stands for JSON which `JSON.stringify` would not make begins with a mark. */
const RAW = "\u0001raw:";
const stumblingBlocks: readonly ((random: SeededRandom) => unknown)[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  "",
  " ",
  "\u0000",
  "\ud83d",
  "\udc00\ud83d",
  "\u200b",
  "__proto__",
  "constructor",
  "toString",
  "session_",
  "../../etc",
  "\u202eabc",
  "e\u0301",
  [],
  {},
  [[]],
  { __proto__: null },
].map((value) => () => value);

const rawBlocks: readonly ((random: SeededRandom) => string)[] = [
  () => "1e999",
  () => "-0",
  () => '{"__proto__":{"polluted":true}}',
  () => '{"a":1,"a":2}',
  // Three times, for of all bends this one once ended the server; what a stack holds is between the last three.
  ...Array(3).fill((random: SeededRandom) => nested(random.pick([33, 500, 5_000, 7_500, 12_000, 25_000]), "[", "]")),
  (random) => nested(random.pick([33, 500, 2_500, 10_000]), '{"a":', "}").replace('{"a":}', '{"a":1}'),
  (random) => JSON.stringify("x".repeat(random.int(20_000))),
  (random) => JSON.stringify("\ud83d".repeat(random.int(3_000))),
  (random) => `[${"0,".repeat(random.int(5_000))}0]`,
];

function block(random: SeededRandom): unknown {
  return random.chance(0.5) ? random.pick(stumblingBlocks)(random) : RAW + random.pick(rawBlocks)(random);
}

/** Puts something else in one place of a value, takes a place away, or adds one. */
function bent(value: unknown, random: SeededRandom): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.15)) return block(random);
  if (Array.isArray(value)) {
    const at = random.int(value.length + 1);
    return random.chance(0.3)
      ? [...value, block(random)]
      : value.map((item, index) => (index === at ? bent(item, random) : item));
  }
  const entries = Object.entries(value);
  // Most of what may be bent is in what a call brings.
  const deeper = entries.findIndex(([key]) => key === "params" || key === "input" || key === "data");
  const at = deeper >= 0 && random.chance(0.5) ? deeper : random.int(entries.length + 1);
  if (at === entries.length)
    return { ...value, [String(random.pick(["x", "__proto__", "id", "ref", "type", "method"]))]: block(random) };
  if (random.chance(0.2)) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return Object.fromEntries(entries.map(([key, item], index) => [key, index === at ? bent(item, random) : item]));
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.replaceAll(/"\\u0001raw:((?:[^"\\]|\\.)*)"/g, (_, raw: string) => JSON.parse(`"${raw}"`) as string);
}

/** Breaks the text itself. */
function broken(text: string, random: SeededRandom): string {
  const at = random.int(text.length + 1);
  switch (random.int(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.int(65_536)) + text.slice(at + 1);
    case 2:
      return text + text.slice(0, at);
    default:
      return `[${Array.from({ length: random.int(200) }, () => text).join(",")}]`;
  }
}

/** One frame; half of them are nearly right. */
export function hostileFrame(dialect: Dialect, random: SeededRandom): HostileFrame {
  if (random.chance(0.05)) return { data: Buffer.from(random.bytes(random.int(126))), opcode: random.pick(["ping", "pong"]) };
  if (random.chance(0.05))
    return { data: Buffer.from(random.bytes(random.int(2_000))), opcode: random.pick(["binary", "bytes"]) };
  if (dialect === "trpc" && random.chance(0.05))
    return { data: random.pick(["PING", "PONG", "PINGPONG", "ping"]), opcode: "text" };
  let value: unknown = random.pick(dialect === "trpc" ? trpcFrames : jsonFrames);
  while (random.chance(0.6)) value = bent(value, random);
  const text = textOf(value);
  return { data: random.chance(0.15) ? broken(text, random) : text, opcode: random.chance(0.02) ? "binary" : "text" };
}
