/** What a frame of tRPC's WebSocket protocol holds, read as tRPC's own adapter reads it. */
import { ClientJsonError, parseClientJson } from "../contract/clientJson.ts";

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
    const json = parseClientJson(text);
    if (isObject(json) && json.method === "connectionParams") return { kind: "connectionParams", data: json.data };
    if (!Array.isArray(json)) return { kind: "messages", messages: [readMessage(json)] };
    if (json.length === 0) return { kind: "malformed", detail: "the batch is empty" };
    return { kind: "messages", messages: json.map(readMessage) };
  } catch (error) {
    if (error instanceof ClientJsonError) return { kind: "malformed", detail: `the frame ${error.message}` };
    throw error;
  }
}

const methods = new Set(["query", "mutation", "subscription", "subscription.stop"]);

function readMessage(raw: unknown): TrpcMessage | Unaddressed {
  if (!isObject(raw)) throw new ClientJsonError("holds something that is no message");
  const { id, jsonrpc, method, params } = raw;
  check(
    id === null || typeof id === "number" || isText(id, MAX_ID_LENGTH),
    `has an id that is no number, nor a text of 1 to ${MAX_ID_LENGTH} characters`,
  );
  check(jsonrpc === undefined || jsonrpc === "2.0", 'has a jsonrpc other than "2.0"');
  check(
    typeof method === "string" && methods.has(method),
    "has a method that is none of query, mutation, subscription and subscription.stop",
  );
  const envelope = jsonrpc === "2.0" ? { id, jsonrpc } : { id };
  if (method !== "subscription.stop") {
    check(isObject(params) && typeof params.path === "string", "has no params with a path");
    const { lastEventId } = params as { readonly lastEventId?: unknown };
    check(lastEventId === undefined || typeof lastEventId === "string", "has a lastEventId that is no text");
  }
  return (id === null ? envelope : { ...envelope, method, params }) as TrpcMessage | Unaddressed;
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new ClientJsonError(otherwise);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= longest;
}
