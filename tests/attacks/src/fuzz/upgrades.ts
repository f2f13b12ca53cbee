/** Requests for a WebSocket, most of them right: their fields and their bytes are changed now and then. */
import { createSeededRandom } from "@lastbeat/core/testing";
import fc from "fast-check";
import { headerValues } from "./httpRequest.ts";
import type { Known } from "./known.ts";
import type { Protocol } from "./messages.ts";
import { mutatedFields } from "./mutatedHead.ts";
import { type Mutation, mutated, seldom } from "./mutations.ts";

export interface UpgradeHead {
  readonly path: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly hasCookie: boolean;
  /** Of the changes of its fields, if any. */
  readonly fieldSeed: number | null;
  readonly byteMutations: readonly Mutation[];
}

const newId = fc
  .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 20, maxLength: 20 })
  .map((hex) => `/ws/session_${hex}`);
const jsonPath = fc.oneof(
  { weight: 12, arbitrary: fc.constant("/ws/new") },
  { weight: 4, arbitrary: newId },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/ws/probe",
      "/ws/session_nobody0",
      "/ws/",
      "/ws/..%2f",
      "/ws/new/new",
      `/ws/${"a".repeat(4_000)}`,
    ),
  },
);
const trpcPath = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("/trpc", "/trpc?connectionParams=1") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("/trpc/", "/trpc?connectionParams=2&connectionParams=1", "//trpc", "/trpc/auth.me", "/%74rpc"),
  },
);

/** This header with what clients send; now and then with something else. */
const field = (name: string, ...usual: readonly string[]) =>
  fc
    .oneof(
      { weight: 40, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: fc.constantFrom(...(headerValues[name] ?? [""])) },
    )
    .map((value) => [name, value] as const);

const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("base64"));
/** Of a network for documentation (RFC 5737); the server believes them, because they come from a trusted proxy. */
const address = fc.nat(19).map((last) => `198.51.100.${last}`);

const always = fc.tuple(
  field("Host", "127.0.0.1"),
  field("Connection", "Upgrade", "keep-alive, Upgrade"),
  field("Upgrade", "websocket", "WebSocket"),
  field("Sec-WebSocket-Version", "13"),
  fc.oneof(
    { weight: 40, arbitrary: key.map((value) => ["Sec-WebSocket-Key", value] as const) },
    { weight: 1, arbitrary: field("Sec-WebSocket-Key", "") },
  ),
  address.map((value) => ["X-Forwarded-For", value] as const),
);
const further = fc.array(
  fc.oneof(
    field("Origin", "http://127.0.0.1"),
    field("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits", "permessage-deflate"),
    field("Sec-WebSocket-Protocol", "chat", "lastbeat, chat"),
    field("Cookie", "theme=dark"),
    field("X-Forwarded-For", "198.51.100.1, 127.0.0.1", "2001:db8::1"),
    field("X-Forwarded-Proto", "http"),
    field("Forwarded", "for=198.51.100.1"),
    field("Authorization", "Bearer lb_x"),
    field("Content-Length", "0"),
    field("User-Agent", "fuzz"),
  ),
  { maxLength: 3 },
);

export const upgradeHead = (protocol: Protocol): fc.Arbitrary<UpgradeHead> =>
  fc.record({
    path: protocol === "json" ? jsonPath : trpcPath,
    fields: fc.tuple(always, further).map(([first, more]) => [...first, ...more]),
    hasCookie: fc.nat(9).map((n) => n === 0),
    fieldSeed: fc.oneof({ weight: 20, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat() }),
    byteMutations: seldom(40),
  });

export function headBytes({ path, fields, hasCookie, fieldSeed, byteMutations }: UpgradeHead, known: Known): Buffer {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  if (hasCookie) lines.push(`Cookie: ${known.cookie}`);
  const changed = fieldSeed === null ? lines : mutatedFields(createSeededRandom(fieldSeed), lines);
  return mutated(Buffer.from(`GET ${path} HTTP/1.1\r\n${changed.join("\r\n")}\r\n\r\n`, "latin1"), byteMutations);
}
