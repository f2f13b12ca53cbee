import { expect, test } from "vitest";
import { changesOf } from "./words.ts";

test("OPS8 an audit entry says what changed, in words, and leaves out what did not", () => {
  const before = { role: "viewer", disabled: false };
  expect(changesOf({ before, after: { role: "viewer", disabled: true } })).toEqual(["disabled: false → true"]);
  expect(changesOf({ before: null, after: { scopes: ["a", "b"], note: "" } })).toEqual(["scopes: a, b"]);
  const client = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(changesOf({ before: null, after: { way: "first_link", client } })).toEqual([
    "way: the server's link",
    "client: Chrome 156",
  ]);
  expect(changesOf({ before: { address: "192.0.2.1" }, after: null })).toEqual(["address: 192.0.2.1"]);
});
