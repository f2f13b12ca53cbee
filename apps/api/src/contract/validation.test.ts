import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { parseJsonFrame } from "../transports/jsonFrames.ts";
import { checked } from "./checked.ts";
import { endQuerySchema } from "./endQuery.ts";
import { endNote, helloInput, historyInput, joinInput, openInput, sendInput } from "./inputs.ts";
import { liveLookInput, liveWindowInput } from "./liveWindow.ts";
import { tokenInput } from "./tokens.ts";
import { issuesOf, shown, summaryOf } from "./validation.ts";

const id = crypto.randomUUID();

/** What is said of a value that does not fit. */
function said(schema: z.ZodType, value: unknown): string {
  try {
    checked(schema, value, "input");
  } catch (error) {
    return (error as Error).message;
  }
  return "it fits";
}

describe("invalid input is reported as field, expectation and value", () => {
  test.each<[issue: string, z.ZodType, unknown, string]>([
    ["invalid_type", joinInput, {}, "room: expected a string, got nothing"],
    ["invalid_type of the whole", joinInput, "general", 'input: expected an object, got "general"'],
    ["invalid_type of an object", historyInput, { room: {} }, "room: expected a string, got an object"],
    ["invalid_type of null", sendInput, { id, text: null }, "text: expected a string, got null"],
    [
      "invalid_type of a nested field",
      helloInput,
      { name: "a", resume: { sessionId: "x" } },
      "resume.token: expected a string, got nothing",
    ],
    ["invalid_type of a list", endQuerySchema, { tier: "socket" }, 'tier: expected an array, got "socket"'],
    ["invalid_type, not whole", historyInput, { room: "x", limit: 1.5 }, "limit: expected a whole number, got 1.5"],
    ["too_small, a number", historyInput, { room: "x", limit: 0 }, "limit: expected a number of at least 1, got 0"],
    ["too_small, a string", endQuerySchema, { user: "" }, "user: expected a string of at least 1 character, got 0 characters"],
    ["too_small, an array", endQuerySchema, { tier: [] }, "tier: expected an array of at least 1 item, got 0"],
    ["too_big, a number", historyInput, { room: "x", limit: 101 }, "limit: expected a number of at most 100, got 101"],
    [
      "too_big, beyond whole numbers",
      liveLookInput,
      { window: 1e300, ask: 0 },
      "window: expected a whole number of at most 9007199254740991, got 1e+300",
    ],
    [
      "too_big, a string",
      sendInput,
      { id, text: "x".repeat(4_001) },
      "text: expected a string of at most 4000 characters, got 4001 characters",
    ],
    ["too_big, an array", endQuerySchema, { tier: Array(9).fill("socket") }, "tier: expected an array of at most 7 items, got 9"],
    ["invalid_format, a UUID", sendInput, { id: "7", text: "hi" }, 'id: expected a UUID, got "7"'],
    ["invalid_format, a pattern", joinInput, { room: "Bad Room" }, 'room: expected 1 to 40 of a-z, 0-9, - and _, got "Bad Room"'],
    ["invalid_value", tokenInput, { name: "ci", scopes: ["root"] }, "scopes.0: expected one of sessions:read, "],
    ["unrecognized_keys", tokenInput, { name: "ci", colour: 1, shape: 2 }, "colour: unknown field; shape: unknown field"],
    [
      "custom, invisible",
      helloInput,
      { name: "A\u202eda" },
      'name: expected a string without control or invisible characters, got "A\\u202eda"',
    ],
    ["custom, blank", sendInput, { id, text: " " }, 'text: expected a string with at least 1 visible character, got " "'],
    ["custom, marks", endNote, `a${"\u0316".repeat(31)}`, "input: expected a string with at most 30 marks on one character"],
    ["custom, of two fields", endQuerySchema, { fromMs: 9, toMs: 5 }, "toMs: expected a time after fromMs, got 5"],
  ])("%s", (_, schema, value, message) => expect(said(schema, value)).toContain(message));

  test("invalid_union: lists what each alternative expects", () => {
    const frame = (ref: unknown) => parseJsonFrame(JSON.stringify({ type: "chat.join", room: "x", ref }));
    expect(frame(true)).toMatchObject({ detail: "ref: expected a number or a string, got true" });
    expect(frame("x".repeat(101))).toMatchObject({
      detail: "ref: expected a string of at most 100 characters, got 101 characters",
    });
  });

  test("one issue per field, three in the summary, plus the number of others", () => {
    const { error } = tokenInput.safeParse({ name: "", a: 1, b: 2, c: 3 });
    const issues = error === undefined ? [] : issuesOf(error, "input");
    expect(issues.map(({ field }) => field)).toEqual(["name", "a", "b", "c"]);
    expect(summaryOf(issues)).toMatch(/^name: expected .*; a: unknown field; b: unknown field; and 1 more$/);
  });

  test("a value is shortened and safe to print", () => {
    expect(shown("x".repeat(1_000))).toBe(`"${"x".repeat(40)}…"`);
    expect(shown("\u001b[2J\u202e\u2028\n")).toBe('"\\u001b[2J\\u202e\\u2028\\n"');
    expect(shown(`${"x".repeat(39)}😀`).isWellFormed()).toBe(true);
    expect(shown(["a", 1])).toBe('["a",1]');
    expect(shown({ a: 1 })).toBe("an object");
  });

  test("a field name is shortened too", () => {
    expect(said(tokenInput, { name: "ci", ["k".repeat(10_000)]: 1 }).length).toBeLessThan(120);
  });
});

test("no input yields zod's own wording or a long message", () => {
  const schemas = [joinInput, sendInput, historyInput, openInput, endQuerySchema, liveWindowInput, liveLookInput, tokenInput];
  const keys = schemas.flatMap((schema) => Object.keys(schema.shape));
  const value = fc.oneof(fc.anything(), fc.array(fc.anything(), { maxLength: 3 }), fc.string({ maxLength: 5_000 }));
  const input = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...keys), value));
  fc.assert(
    fc.property(fc.constantFrom(...schemas), input, (schema, given) => {
      const { error } = schema.safeParse(given);
      for (const { field, message } of error === undefined ? [] : issuesOf(error, "input")) {
        expect(field).not.toBe("");
        expect(message).toMatch(/^(?:expected .+, got .+|unknown field)$/);
        expect(message).not.toMatch(/Invalid|Too (?:small|big)|received|Unrecognized|another value/);
        expect(message.length).toBeLessThan(500);
      }
    }),
    { numRuns: 500 },
  );
});
