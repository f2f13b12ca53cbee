/** What docs/PROTOCOL.md says of limits and codes is what the code does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSettings, isSessionId } from "@lastbeat/core";
import { MAX_IN_FLIGHT } from "@lastbeat/trpc/link";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { MAX_JSON_DEPTH } from "../contract/clientJson.ts";
import { HISTORY_MAX, historyInput, NAME_MAX, roomName, TEXT_MAX, TOKEN_MAX } from "../contract/inputs.ts";
import { REF_MAX } from "./jsonFrames.ts";
import { trpcLimits } from "./trpcSocket.ts";

const root = join(import.meta.dirname, "../../../..");
const document = readFileSync(join(root, "docs/PROTOCOL.md"), "utf8");

/** The rows of the table that follows this heading or line, without its head. */
function tableAfter(start: string): string[][] {
  const lines = document.slice(document.indexOf(start)).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const rows = lines.slice(
    first + 2,
    lines.findIndex((line, at) => at > first && !line.startsWith("|")),
  );
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("the document of the protocols", () => {
  test("states every limit as it is", () => {
    const { helloMaxFrames, helloMaxBytes, maxBufferedBytes } = defaultSettings;
    const { maxFrameBytes } = loadConfig({ root, env: {} }).websocket;
    expect(tableAfter("## Limits").map(([limit, value]) => [limit, Number(value)])).toEqual([
      ["bytes in one frame (`websocket.max_frame_bytes`)", maxFrameBytes],
      ["levels of JSON nesting", MAX_JSON_DEPTH],
      ["frames before the hello (`websocket.hello_max_frames`)", helloMaxFrames],
      ["bytes before the hello (`websocket.hello_max_bytes`)", helloMaxBytes],
      ["bytes queued for the client (`websocket.max_buffered_bytes`)", maxBufferedBytes],
      ["requests in progress on one connection", MAX_IN_FLIGHT],
      ["subscriptions to `session.events`, and as many others", trpcLimits.subscriptions],
      ["malformed tRPC frames per minute", trpcLimits.malformedPerMinute],
      ["events kept until the first subscription", trpcLimits.waitingEvents],
      ["characters of a token", TOKEN_MAX],
      ["characters of a name", NAME_MAX],
      ["characters of a message", TEXT_MAX],
      ["messages of one `chat.history`", HISTORY_MAX],
      ["characters of a `ref`, or of a tRPC id that is text", REF_MAX],
    ]);
    expect(trpcLimits).toMatchObject({ calls: MAX_IN_FLIGHT, idLength: { min: 1, max: REF_MAX } });
    expect(document).toContain(`${historyInput.parse({ room: "x" }).limit} when no \`limit\` is given`);
  });

  test("says which ids and rooms there may be", () => {
    const [, least, most] = /`session_` and (\d+) to (\d+) of A-Z, a-z/.exec(document) ?? [];
    for (const length of [Number(least) - 1, Number(least), Number(most), Number(most) + 1])
      expect(isSessionId(`session_${"a".repeat(length)}`)).toBe(length >= Number(least) && length <= Number(most));
    expect(document).toContain("A room name has 1 to 40 characters from a-z, 0-9, - and _.");
    expect([0, 1, 40, 41].map((length) => roomName.safeParse("a".repeat(length)).success)).toEqual([false, true, true, false]);
  });

  test("has a snippet of at most 25 lines", () => {
    const [, snippet = ""] = /```ts\n([\s\S]*?)```/.exec(document) ?? [];
    expect(snippet).toContain("createWSClient");
    expect(snippet.trimEnd().split("\n").length).toBeLessThanOrEqual(25);
  });
});
