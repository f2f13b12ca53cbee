import { LastbeatError } from "@lastbeat/core";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { describe, expect, test } from "vitest";
import { asTrpcError } from "../routers/trpcError.ts";
import {
  type ErrorChannel,
  type ErrorRow,
  endingCode,
  errorCodes,
  errorTable,
  exitStatusOf,
  failure,
  refusedHelloCode,
  toClientError,
} from "./errors.ts";

const rows = errorCodes.map((code): [(typeof errorCodes)[number], ErrorRow] => [code, errorTable[code]]);
const doors: readonly ErrorChannel[] = ["rest", "trpc", "frame"];
const ask = toClientError as (thrown: unknown, door: ErrorChannel) => ReturnType<typeof toClientError>;

describe.each(rows)("%s", (code, row) => {
  const thrown = failure(code, "no such thing", {
    issues: [{ field: "a", message: "b" }],
    cause: new Error("of the server's own"),
  });

  test.each(doors)("is reported in full over %s if it exists there, and as an internal error otherwise", (door) => {
    const told = ask(thrown, door);
    if (row[door] === null || code === "internal")
      expect(told).toMatchObject({ code: "internal", message: "internal server error" });
    else expect(told).toMatchObject({ code, message: "no such thing", issues: [{ field: "a", message: "b" }] });
    expect(JSON.stringify(told)).not.toContain("of the server's own");
  });

  test("has its tRPC code, with the same HTTP status as in REST", () => {
    const error = asTrpcError(thrown);
    expect(error.code).toBe(row.trpc ?? "INTERNAL_SERVER_ERROR");
    if (row.rest !== null) expect(getHTTPStatusCodeFromError(error)).toBe(row.rest);
  });

  test("has its exit status", () => expect(exitStatusOf(thrown)).toBe(row.exit));
});

describe("an error that is not in the table", () => {
  test.each([
    ["an error of another class", new TypeError("secret")],
    ["no error at all", "secret"],
    ["an unknown code", new LastbeatError("secret", "secret")],
    ["a code that every object has", new LastbeatError("toString", "secret")],
  ])("is a fault of the server's own: %s", (_, thrown) => {
    for (const door of doors) expect(ask(thrown, door)).toMatchObject({ code: "internal", message: "internal server error" });
    expect(asTrpcError(thrown)).toMatchObject({ code: "INTERNAL_SERVER_ERROR", message: "internal server error" });
    expect(exitStatusOf(thrown)).toBeNull();
  });
});

test("SOC1 end reasons map to the error codes for a refused hello and for an end without subscribers", () => {
  expect([refusedHelloCode("unauthorized"), endingCode("unauthorized", false)]).toEqual(["unauthorized", "unauthorized"]);
  expect([refusedHelloCode("server_full"), endingCode("server_full", true)]).toEqual(["busy", "busy"]);
  expect([refusedHelloCode("server_shutdown"), endingCode("server_shutdown", true)]).toEqual(["bad_request", "unavailable"]);
  expect([refusedHelloCode("protocol_error"), endingCode("protocol_error", false)]).toEqual(["bad_request", "bad_request"]);
});
