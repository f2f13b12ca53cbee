import { describe, expect, it } from "vitest";
import { parseCloseReason } from "../protocol/close.ts";
import { endReasonNames, endReasons } from "../protocol/endReason.ts";
import { judgeClose, reconnectsAfter } from "./closePolicy.ts";

describe("closePolicy", () => {
  it.each([
    [1000, false],
    [1001, true],
    [1002, false],
    [1003, false],
    [1005, true],
    [1006, true],
    [1007, false],
    [1008, false],
    [1009, false],
    [1010, false],
    [1011, true],
    [1012, true],
    [1013, true],
    [1014, true],
    [3000, true],
    [4000, true],
    [4499, true],
    [4500, false],
    [4999, false],
  ])("CLT1 close code %i reconnects: %s", (code, reconnects) => {
    expect(reconnectsAfter(code)).toBe(reconnects);
  });

  it.each(endReasonNames.filter((name) => endReasons[name].closeCode !== null))(
    "CLT1 the code of %s agrees with the catalogue's retry advice",
    (name) => {
      const { closeCode, retry } = endReasons[name];
      expect(judgeClose(closeCode ?? 0, name, null)).toEqual({ reconnect: retry, retryAfterMs: null, reason: name });
    },
  );

  it("CLT1 derives the reason from a catalogue code when the close has no text", () => {
    expect(judgeClose(4501, "", null).reason).toBe("idle");
    expect(judgeClose(1006, "", null).reason).toBeNull();
    expect(judgeClose(1000, "", null).reason).toBeNull();
  });

  it("CLT1 the ending notice decides when the close frame was lost", () => {
    const idle = { reason: "idle", retry: false, retryAfterMs: 0 } as const;
    expect(judgeClose(1006, "", idle)).toEqual({ reconnect: false, retryAfterMs: null, reason: "idle" });
  });

  it("CLT2 the notice's delay takes precedence over the close reason's, and either over none", () => {
    const notice = { reason: "server_shutdown", retry: true, retryAfterMs: 7_000 } as const;
    expect(judgeClose(1012, "server_shutdown retry_after_ms=3000", notice).retryAfterMs).toBe(7_000);
    expect(judgeClose(1012, "server_shutdown retry_after_ms=3000", null).retryAfterMs).toBe(3_000);
    expect(judgeClose(1012, "server_shutdown", { ...notice, retryAfterMs: 0 }).retryAfterMs).toBeNull();
  });

  it("CLT2 an excessive delay is cut to ten minutes", () => {
    expect(judgeClose(1013, "server_full retry_after_ms=999999999", null).retryAfterMs).toBe(600_000);
  });

  it.each([
    "no such reason",
    "idle retry_after_ms=-5",
    "idle  retry_after_ms=5",
    "retry_after_ms=5",
    "toString",
    "idle retry_after_ms=99999999999",
    "",
  ])("CLT1 close reason %j yields no reason", (text) => {
    expect(parseCloseReason(text)).toEqual({ reason: null, retryAfterMs: null });
  });
});
