import { describe, expect, test } from "vitest";
import { isTooDeep, MAX_JSON_DEPTH, parseClientJson } from "./clientJson.ts";

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const nestedObjects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("JSON of a client", () => {
  test.each([nested, nestedObjects])("is accepted up to the nesting limit and refused above it", (make) => {
    expect(parseClientJson(make(MAX_JSON_DEPTH), "body")).toEqual(JSON.parse(make(MAX_JSON_DEPTH)));
    expect(() => parseClientJson(make(MAX_JSON_DEPTH + 1), "body")).toThrow(`nested deeper than ${MAX_JSON_DEPTH} levels`);
    expect(() => parseClientJson(make(30_000), "body")).toThrow("nested deeper");
  });

  test("brackets inside strings do not count as nesting", () => {
    const text = JSON.stringify({ text: "[{".repeat(1_000) });
    expect(parseClientJson(text, "body")).toEqual(JSON.parse(text));
  });

  test("invalid JSON is reported as such", () => {
    expect(() => parseClientJson("{", "body")).toThrow("not JSON");
  });

  test("a value parsed elsewhere is checked the same way", () => {
    expect(isTooDeep(JSON.parse(nested(MAX_JSON_DEPTH)))).toBe(false);
    expect(isTooDeep(JSON.parse(`[1,${nested(MAX_JSON_DEPTH)}]`))).toBe(true);
    expect(isTooDeep("text")).toBe(false);
  });
});
