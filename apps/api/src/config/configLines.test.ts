import { describe, expect, test } from "vitest";
import { configLine } from "./configLines.ts";

const shown = (path: string, value: unknown) => configLine({ path, value, source: "file", where: `c.yaml:1:2 ${path}` });

describe("a line of the configuration", () => {
  test.each(["ledger.password", "server.session_secret", "api_key", "metrics.bearer_token", "tls.private_file"])(
    "hides %s",
    (path) => expect(shown(path, "hunter2")).toEqual({ path, value: "(hidden)", source: "file", where: "c.yaml:1:2" }),
  );

  test("hides credentials in a URL and shows the rest", () => {
    expect(shown("ledger.url", "postgres://olga:hunter2@db.example:5432/ledger").value).toBe(
      "postgres://(hidden)@db.example:5432/ledger",
    );
  });

  test.each([
    ["log.level", "info", "info"],
    ["server.port", 8000, "8000"],
    ["lab", false, "false"],
    ["server.allowed_origins", [], "none"],
    ["server.allowed_origins", ["https://a.example", "https://b.example"], "https://a.example, https://b.example"],
  ])("shows %s = %j", (path, value, text) => expect(shown(path, value).value).toBe(text));
});
