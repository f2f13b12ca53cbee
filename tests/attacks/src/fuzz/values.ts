/** Values that belong into messages, and values that programs stumble over. */
import fc from "fast-check";
import { ABSENT, Fields, Raw, ResumeOf } from "./writing.ts";

const nested = (levels: number, open: string, inner: string, close: string) => open.repeat(levels) + inner + close.repeat(levels);
/** What a stack holds is between the last three. */
const levels = fc.constantFrom(31, 32, 33, 500, 5_000, 7_500, 12_000, 25_000);

const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "\u0000",
  "\ud83d",
  "\udc00\ud83d",
  "\u200b",
  "\u202eabc",
  "e\u0301",
  "__proto__",
  "constructor",
  "toString",
  "session_",
  "../../etc",
  [],
  {},
  [[]],
];

const rawTexts = [
  "1e999",
  "-0",
  "9".repeat(400),
  `0.${"1".repeat(5_000)}`,
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
  '"\\ud800"',
  '"\\u0000"',
  "[,]",
  "undefined",
];

const stumbling: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...odd) },
  { weight: 3, arbitrary: fc.constantFrom(...rawTexts).map((text) => new Raw(text)) },
  { weight: 1, arbitrary: levels.map((count) => new Raw(nested(count, "[", "", "]"))) },
  { weight: 1, arbitrary: levels.map((count) => new Raw(nested(Math.floor(count / 3), '{"a":', "1", "}"))) },
  { weight: 1, arbitrary: fc.nat(20_000).map((count) => "x".repeat(count)) },
  { weight: 1, arbitrary: fc.nat(3_000).map((count) => "\ud83d".repeat(count)) },
  { weight: 1, arbitrary: fc.nat(5_000).map((count) => new Raw(`[${"0,".repeat(count)}0]`)) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);

/** Mostly what belongs there. */
export function mostly<T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary: right },
    { weight: 1, arbitrary: stumbling },
    { weight: 1, arbitrary: fc.constant(ABSENT) },
  );
}

/** Sometimes there, then mostly what belongs there. */
export function sometimes<T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 1, arbitrary: mostly(right) }, { weight: 1, arbitrary: fc.constant(ABSENT) });
}

const names = ["x", "__proto__", "constructor", "id", "ref", "type", "method", "params", "input", "hasOwnProperty", ""];
const more = fc.oneof(
  { weight: 30, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom(...names), stumbling), { minLength: 1, maxLength: 3 }) },
);

/** An object with these fields, and now and then more. */
export function object(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Fields> {
  return fc
    .tuple(fc.record(fields), more)
    .map(([record, others]) => new Fields([...Object.entries(record), ...(others as [string, unknown][])]));
}

export const room = fc.constantFrom("fuzz", "healthy", "other", "a-room_9");
export const name = fc.oneof(fc.constantFrom("Fuzz", "Ada", "ada l", "Åse"), fc.string({ minLength: 1, maxLength: 40 }));
export const text = fc.oneof(fc.constantFrom("hi", "a longer message"), fc.string({ unit: "grapheme", maxLength: 200 }));
/** Few enough that some come twice. */
export const messageId = fc.oneof(
  fc.uuid(),
  fc.nat(50).map((n) => `0b5e8f4e-7c3b-4d6a-9f57-${String(n).padStart(12, "0")}`),
);

export function hello(resumeAsText: boolean): Readonly<Record<string, fc.Arbitrary<unknown>>> {
  const resume = fc.oneof(
    { weight: 3, arbitrary: fc.constant(ABSENT) },
    { weight: 2, arbitrary: fc.nat(6).map((back) => new ResumeOf(back, resumeAsText)) },
  );
  return {
    name: mostly(name),
    room: sometimes(room),
    browser: sometimes(fc.constantFrom("b1", "b2")),
    token: fc.oneof({ weight: 9, arbitrary: fc.constant(ABSENT) }, { weight: 1, arbitrary: mostly(fc.constant("a.b.c")) }),
    beats: sometimes(fc.constantFrom("client", "server")),
    resume: mostly(resume),
  };
}
