import { describe, expect, test } from "vitest";
import { belowBasePath, readBasePath } from "./basePath.ts";

describe("SET1 server.base_path", () => {
  test.each([
    ["/", "/"],
    ["/chat", "/chat"],
    ["/chat/", "/chat"],
    ["/tools/Chat_2.0", "/tools/Chat_2.0"],
    ["chat", undefined],
    ["", undefined],
    ["//evil.example", undefined],
    ["/chat//x", undefined],
    ["/../x", undefined],
    ["/.well-known", undefined],
    ["/a b", undefined],
    ['/a"b', undefined],
    ["/a?b", undefined],
    ["/a%2Fb", undefined],
    ["/api", undefined],
    ["/r/chat", undefined],
    ["/ws/", undefined],
    [`/${"a".repeat(200)}`, undefined],
    [7, undefined],
    [null, undefined],
  ])("%s is read as %s", (written, read) => expect(readBasePath(written)).toBe(read));
});

test.each([
  ["/chat", "/"],
  ["/chat/", "/"],
  ["/chat?x=1", "/?x=1"],
  ["/chat/r/general?x=/chat", "/r/general?x=/chat"],
  ["/chat/chat", "/chat"],
  ["/chatter", "/chatter"],
  ["/r/general", "/r/general"],
  ["/", "/"],
  ["", ""],
  ["*", "*"],
])("below /chat, %s is %s", (url, own) => {
  expect(belowBasePath(url, "/chat")).toBe(own);
  expect(belowBasePath(url, "")).toBe(url);
});

test.each([
  ["http://localhost:8000/ws/new", "", "/ws/new"],
  ["HTTPS://example.com/chat/r/x?a=b", "/chat", "/r/x?a=b"],
  ["http://example.com", "/chat", "/"],
  ["http://", "", "http://"],
])("a target that names the whole address, %s, is served as its path", (target, basePath, own) => {
  expect(belowBasePath(target, basePath)).toBe(own);
});
