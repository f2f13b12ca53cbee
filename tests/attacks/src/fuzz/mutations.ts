/** Changes of bytes, of a message's text or of what goes over the wire. Places are shares of the length, so that they fit whatever it is. */
import fc from "fast-check";

interface Span {
  readonly from: number;
  readonly to: number;
}

export type Mutation =
  | ({ readonly kind: "cut" | "drop" | "double" | "reverse" } & Span)
  | ({ readonly kind: "splice"; readonly at: number } & Span)
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "put"; readonly at: number; readonly bytes: string }
  | { readonly kind: "number"; readonly number: string };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const span = { from: share, to: share };
const inserted = [
  "\u0000",
  '"',
  "\\",
  "{",
  "[",
  "]]",
  "\r\n",
  "\\ud800",
  "\\u0000",
  "\u00ff\u00fe",
  "__proto__",
  ',"id":1',
  "e999",
];
const numbers = ["1e999", "-1", "99999999999999999999", "0x1", "1e-999", "2147483648", "0000"];

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constantFrom("cut" as const, "drop" as const, "double" as const, "reverse" as const), ...span }),
  fc.record({ kind: fc.constant("splice" as const), at: share, ...span }),
  fc.record({ kind: fc.constant("flip" as const), at: share, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("put" as const), at: share, bytes: fc.constantFrom(...inserted) }),
  fc.record({ kind: fc.constant("number" as const), number: fc.constantFrom(...numbers) }),
);

/** None for most. */
export function seldom(none: number): fc.Arbitrary<readonly Mutation[]> {
  return fc.oneof(
    { weight: none, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }) },
  );
}

export function mutated(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  return mutations.reduce(once, bytes);
}

function once(bytes: Buffer, mutation: Mutation): Buffer {
  const place = (at: number) => Math.floor(at * bytes.length);
  if (mutation.kind === "number") return Buffer.from(bytes.toString("latin1").replace(/\d+/, mutation.number), "latin1");
  if (mutation.kind === "flip") return flipped(bytes, place(mutation.at), mutation.bit);
  if (mutation.kind === "put") return put(bytes, place(mutation.at), Buffer.from(mutation.bytes, "latin1"));
  const from = place(Math.min(mutation.from, mutation.to));
  const to = place(Math.max(mutation.from, mutation.to));
  const part = bytes.subarray(from, to);
  switch (mutation.kind) {
    case "cut":
      return bytes.subarray(0, to);
    case "drop":
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    case "double":
      return put(bytes, to, part);
    case "reverse":
      return Buffer.concat([bytes.subarray(0, from), Buffer.from(part).reverse(), bytes.subarray(to)]);
    case "splice":
      return put(bytes, place(mutation.at), part);
  }
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}

function put(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}
