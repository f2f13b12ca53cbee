/** The messages in a frame of tRPC's WebSocket protocol, checked as tRPC's own adapter checks them. */

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

/** What answers a frame of which no message can be answered. */
export const toNobody: Unaddressed = { id: null };

/** How many characters an id may have that is a string. */
export interface IdLength {
  readonly min: number;
  readonly max: number;
}

/** A field is not what it has to be. */
export class MalformedMessageError extends Error {
  override readonly name = "MalformedMessageError";
  /** Empty for the message as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly value: unknown;

  constructor(field: string, expected: string, value: unknown) {
    super(`${field === "" ? "" : `${field}: `}expected ${expected}`);
    this.field = field;
    this.expected = expected;
    this.value = value;
  }
}

const methods = new Set(["query", "mutation", "subscription", "subscription.stop"]);

/** @throws {MalformedMessageError} with the first field that is wrong. */
export function readMessage(raw: unknown, ids: IdLength): TrpcMessage | Unaddressed {
  if (!isObject(raw)) throw new MalformedMessageError("", "a message object", raw);
  const { id, jsonrpc, method, params } = raw;
  check("id", id, id === null || typeof id === "number" || isText(id, ids), idForms(ids));
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

function check(field: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new MalformedMessageError(field, expected, value);
}

function idForms({ min, max }: IdLength): string {
  return `a number or a string of ${min} to ${max} characters`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, { min, max }: IdLength): boolean {
  return typeof value === "string" && value.length >= min && value.length <= max;
}
