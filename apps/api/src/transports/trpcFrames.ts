/** What a frame of tRPC's WebSocket protocol holds, read as tRPC's own adapter reads it. */
import { hasCode } from "@lastbeat/core";
import { parseClientJson } from "../contract/clientJson.ts";
import { failure } from "../contract/errors.ts";
import { expectedGot } from "../contract/validation.ts";

export type CallId = number | string;

/** What every answer to a message repeats. */
export interface Envelope {
  readonly id: CallId;
  readonly jsonrpc?: "2.0";
}

export type Call = Envelope & {
  readonly method: "query" | "mutation" | "subscription";
  readonly params: { readonly path: string; readonly input?: unknown; readonly lastEventId?: string };
};

export type TrpcMessage = Call | (Envelope & { readonly method: "subscription.stop" });

/** A message whose id is `null`: right in form, and impossible to answer. */
export interface Unaddressed {
  readonly id: null;
  readonly jsonrpc?: "2.0";
}

export type TrpcFrame =
  | { readonly kind: "ping" | "pong" }
  | { readonly kind: "messages"; readonly messages: readonly (TrpcMessage | Unaddressed)[] }
  /** Sent first by clients that are configured to send parameters with the connection. */
  | { readonly kind: "connectionParams"; readonly data: unknown }
  | { readonly kind: "malformed"; readonly detail: string };

export const MAX_ID_LENGTH = 100;

/** Reads a frame's text: tRPC's keep-alive words, one message, or a batch of them. One bad message spoils its batch. */
export function parseTrpcFrame(text: string): TrpcFrame {
  if (text === "PONG") return { kind: "pong" };
  if (text === "PING") return { kind: "ping" };
  try {
    const json = parseClientJson(text, "frame");
    if (isObject(json) && json.method === "connectionParams") return { kind: "connectionParams", data: json.data };
    if (!Array.isArray(json)) return { kind: "messages", messages: [readMessage(json)] };
    if (json.length === 0) return { kind: "malformed", detail: "expected a batch of at least 1 message, got an empty array" };
    return { kind: "messages", messages: json.map(readMessage) };
  } catch (error) {
    if (hasCode(error, "bad_json", "protocol_error")) return { kind: "malformed", detail: error.message };
    throw error;
  }
}

const idForms = `a number or a string of 1 to ${MAX_ID_LENGTH} characters`;
const methods = new Set(["query", "mutation", "subscription", "subscription.stop"]);

function readMessage(raw: unknown): TrpcMessage | Unaddressed {
  if (!isObject(raw)) throw failure("protocol_error", expectedGot("a message object", raw));
  const { id, jsonrpc, method, params } = raw;
  check("id", id, id === null || typeof id === "number" || isText(id, MAX_ID_LENGTH), idForms);
  check("jsonrpc", jsonrpc, jsonrpc === undefined || jsonrpc === "2.0", '"2.0"');
  check("method", method, typeof method === "string" && methods.has(method), `one of ${[...methods].join(", ")}`);
  const envelope = jsonrpc === "2.0" ? { id, jsonrpc } : { id };
  if (method !== "subscription.stop") {
    check("params", params, isObject(params), "an object");
    const { path, lastEventId } = params as Readonly<Record<string, unknown>>;
    check("params.path", path, typeof path === "string", "a string");
    check("params.lastEventId", lastEventId, lastEventId === undefined || typeof lastEventId === "string", "a string");
  }
  return (id === null ? envelope : { ...envelope, method, params }) as TrpcMessage | Unaddressed;
}

function check(field: string, value: unknown, holds: boolean, what: string): void {
  if (!holds) throw failure("protocol_error", `${field}: ${expectedGot(what, value)}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= longest;
}
