/** Who a client is, by what the stock client sends as `connectionParams`. */
import { type Hello, parseBeats } from "@lastbeat/core";
import { TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";

const ANONYMOUS = "anonymous";
const MAX_NAME_LENGTH = 100;

/** A client's claim to a session that it had: `<session id>.<token>`. */
export function resumeText({ sessionId, resumeToken }: { readonly sessionId: string; readonly resumeToken: string }): string {
  return `${sessionId}.${resumeToken}`;
}

/**
 * The hello in `name`, `room`, `beats` and `resume`; without a name the user is called `anonymous`.
 * @throws {TRPCError} when `resume` is not of the form `<session id>.<token>`.
 */
export function helloFromParams(params: TRPCRequestInfo["connectionParams"]): Hello {
  const { name, room, beats, resume } = params ?? {};
  const user = name?.slice(0, MAX_NAME_LENGTH) || ANONYMOUS;
  const hello = { user, room: room ?? null, beats: parseBeats(beats) };
  return resume === undefined ? hello : { ...hello, resume: readResume(resume) };
}

function readResume(text: string): { readonly sessionId: string; readonly token: string } {
  const [sessionId = "", token = "", ...more] = text.split(".");
  if (sessionId !== "" && token !== "" && more.length === 0) return { sessionId, token };
  throw new TRPCError({ code: "BAD_REQUEST", message: "resume: expected <session id>.<token>" });
}
