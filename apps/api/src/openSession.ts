/** A client's hello, the same on both transports: opens or resumes the session, then takes it into its room. */
import { type EndReason, endReasons, type HelloResult, type RefusalCause, type SessionKind } from "@lastbeat/core";
import type { SignIn } from "./auth/signIns.ts";
import type { Services } from "./services.ts";
import type { Link } from "./transports/pushSocket.ts";

export interface OpenRequest {
  readonly name: string;
  readonly room?: string;
  readonly browser?: string;
  readonly kind?: SessionKind;
  readonly resume?: { readonly sessionId: string; readonly token: string };
  /** The operator's sign-in that came with the connection. */
  readonly signIn: SignIn | null;
}

/** Never rejects. When it is not accepted, the keeper has told and closed the socket. */
export async function openSession(services: Services, link: Link, request: OpenRequest): Promise<HelloResult> {
  const { name, room, kind = "user", resume, signIn } = request;
  // Whoever takes up an operator's session takes up the role, whatever the hello calls itself.
  const resumesAdmin = resume !== undefined && services.keeper.session(resume.sessionId)?.kind === "admin";
  if ((kind === "admin" || resumesAdmin) && signIn === null) return refuseAdmin(services, link);
  if (link.connection === null) return refusal("shutting_down", "server_shutdown", "the server takes no connections now");
  const result = await link.connection.hello({ user: name, room: room ?? null, kind, resume });
  if (!result.accepted) return result;
  const { session, welcome } = result;
  if (session.kind === "admin" && signIn !== null) services.operators.vouch(session, signIn);
  // An operator who only watches is not idle. The mark lasts as long as the session, which drops it at its end.
  if (session.kind === "admin" && !welcome.resumed) session.busy("operator watching");
  if (request.browser !== undefined) services.chat.introduce(session, request.browser);
  const enter = room ?? (welcome.resumed ? session.room : null);
  if (enter !== null) services.chat.enter(session, enter);
  return result;
}

function refuseAdmin({ refusals }: Services, link: Link): HelloResult {
  const detail = "sign in first, with the link that the server printed";
  refusals.write("Refused a session: the role of operator without a sign-in", {});
  // After the answer is on its way: closing drops it.
  setImmediate(() => link.connection?.forbidden(detail));
  return refusal("unauthorized", "unauthorized", detail);
}

function refusal(cause: RefusalCause, reason: EndReason, detail: string): HelloResult {
  const { closeCode } = endReasons[reason];
  return { accepted: false, refusal: { cause, reason, closeCode: closeCode ?? 1008, detail, retryAfterMs: 0 } };
}
