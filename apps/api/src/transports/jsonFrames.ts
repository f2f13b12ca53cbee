/** Schemas and parsing of the frames that clients of the JSON socket send. */
import { z } from "zod";
import { badInput } from "../contract/checked.ts";
import { parseClientJson } from "../contract/clientJson.ts";
import { type FrameErrorCode, toClientError } from "../contract/errors.ts";
import { helloInput, historyInput, joinInput, renewInput, sendInput } from "../contract/inputs.ts";
import { expectedGot } from "../contract/validation.ts";

export const REF_MAX = 100;

/** The client's optional reference for a request, echoed in the answer. */
const ref = z.union([z.number(), z.string().max(REF_MAX)]).optional();

const frames = {
  hello: helloInput.extend({ type: z.literal("hello") }),
  pong: z.object({ type: z.literal("pong") }),
  ping: z.object({ type: z.literal("ping") }),
  goodbye: z.object({ type: z.literal("goodbye") }),
  still_here: z.object({ type: z.literal("still_here") }),
  renew: renewInput.extend({ type: z.literal("renew"), ref }),
  "chat.join": joinInput.extend({ type: z.literal("chat.join"), ref }),
  "chat.send": sendInput.extend({ type: z.literal("chat.send"), ref }),
  "chat.typing": z.object({ type: z.literal("chat.typing") }),
  "chat.members": z.object({ type: z.literal("chat.members") }),
  "chat.history": historyInput.extend({ type: z.literal("chat.history"), ref }),
};

const frameSchema = z.discriminatedUnion("type", [
  frames.hello,
  frames.pong,
  frames.ping,
  frames.goodbye,
  frames.still_here,
  frames.renew,
  frames["chat.join"],
  frames["chat.send"],
  frames["chat.typing"],
  frames["chat.members"],
  frames["chat.history"],
]);

export type JsonFrame = z.output<typeof frameSchema>;

export type ParsedFrame =
  | { readonly ok: true; readonly frame: JsonFrame }
  /** The client does not speak this protocol, or a known frame has an invalid field. */
  | ({ readonly ok: false; readonly code: FrameErrorCode; readonly detail: string } & Answered);

/** The request that an error refers to. */
export interface Answered {
  readonly ref?: number | string;
  /** The frame's type, if known. */
  readonly request?: string;
}

/** Parses a frame. */
export function parseJsonFrame(text: string): ParsedFrame {
  let json: unknown;
  try {
    json = parseClientJson(text, "frame");
  } catch (error) {
    const { code, message } = toClientError(error, "frame");
    return { ok: false, code, detail: message };
  }
  const parsed = frameSchema.safeParse(json);
  if (parsed.success) return { ok: true, frame: parsed.data };
  const type = typeof json === "object" && json !== null && "type" in json ? json.type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(frames, type)) {
    return {
      ok: false,
      code: "protocol_error",
      detail: `type: ${expectedGot(`one of ${Object.keys(frames).join(", ")}`, type)}`,
    };
  }
  const { message } = badInput(parsed.error, "frame");
  if (type === "hello") return { ok: false, code: "protocol_error", detail: `bad hello: ${message}` };
  return { ok: false, code: "bad_request", detail: message, request: type, ref: echoedRef((json as { ref?: unknown }).ref) };
}

/** The ref to echo in an error: truncated if it is too long, omitted if it is invalid. */
function echoedRef(given: unknown): number | string | undefined {
  return typeof given === "string" ? given.slice(0, REF_MAX) : ref.safeParse(given).data;
}
