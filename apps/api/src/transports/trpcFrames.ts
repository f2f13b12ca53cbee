/** What a frame of tRPC's WebSocket protocol holds. */
import { z } from "zod";
import { parseClientJson } from "../contract/clientJson.ts";

export type CallId = number | string;

const id = z.union([z.number(), z.string().max(100)]);

const message = z.discriminatedUnion("method", [
  z.object({
    id,
    jsonrpc: z.literal("2.0").optional(),
    method: z.enum(["query", "mutation", "subscription"]),
    params: z.object({ path: z.string().max(200), input: z.unknown().optional(), lastEventId: z.string().optional() }),
  }),
  z.object({ id, jsonrpc: z.literal("2.0").optional(), method: z.literal("subscription.stop") }),
]);

/** Sent first by clients that are configured to send parameters with the connection; nothing here needs them. */
const connectionParams = z.object({ method: z.literal("connectionParams") });

const batch = z.array(message).max(64);

export type TrpcMessage = z.output<typeof message>;

export type TrpcFrame =
  | { readonly kind: "ping" | "pong" }
  | { readonly kind: "messages"; readonly messages: readonly TrpcMessage[] }
  | { readonly kind: "junk"; readonly detail: string };

/** Reads a frame's text: tRPC's keep-alive words, one message, or a batch of them. */
export function parseTrpcFrame(text: string): TrpcFrame {
  if (text === "PONG") return { kind: "pong" };
  if (text === "PING") return { kind: "ping" };
  let json: unknown;
  try {
    json = parseClientJson(text);
  } catch (error) {
    return { kind: "junk", detail: `the frame ${(error as Error).message}` };
  }
  const parsed = batch.safeParse(Array.isArray(json) ? json : [json]);
  if (parsed.success) return { kind: "messages", messages: parsed.data };
  if (connectionParams.safeParse(json).success) return { kind: "messages", messages: [] };
  return { kind: "junk", detail: "the frame is not a tRPC message" };
}
