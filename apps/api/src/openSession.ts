/** Handles a client's hello for both transports: opens or resumes the session, then joins it to its room. */
import { type Beats, type EndReason, endReasons, type HelloResult, type RefusalCause, type SessionKind } from "@lastbeat/core";
import type { SignIn } from "./auth/signIns.ts";
import type { Services } from "./services.ts";
import type { PushLink } from "./transports/pushSocket.ts";
import { guestId } from "./users/guestId.ts";

export interface OpenRequest {
  readonly name: string;
  readonly room?: string;
  readonly browser?: string;
  readonly beats?: Beats;
  readonly kind?: SessionKind;
  readonly resume?: { readonly sessionId: string; readonly token: string };
  /** The operator's sign-in, from the connection's cookie or token. */
  readonly signIn: SignIn | null;
}

/** Never rejects. If the hello is refused, the keeper has already notified and closed the socket. */
export async function openSession(services: Services, link: PushLink, request: OpenRequest): Promise<HelloResult> {
  const { name, room, kind = "user", browser, beats, resume, signIn } = request;
  // Resuming an operator's session takes on that role, whatever kind the hello states.
  const resumesAdmin = resume !== undefined && services.keeper.session(resume.sessionId)?.kind === "admin";
  if ((kind === "admin" || resumesAdmin) && signIn === null) return refuseAdmin(services, link);
  if (link.connection === null) return refusal("shutting_down", "server_shutdown", "the server takes no connections now");
  const userId = kind === "admin" ? null : guestId(browser);
  const result = await link.connection.hello({ user: name, userId, room: room ?? null, kind, beats, resume });
  if (!result.accepted) return result;
  const { session, welcome } = result;
  if (session.kind === "admin" && signIn !== null) services.operators.bind(session, signIn);
  // An operator who only watches is not idle. The mark is released when the session ends.
  if (session.kind === "admin" && !welcome.resumed) session.busy("operator watching");
  const enter = room ?? (welcome.resumed ? session.room : null);
  if (enter !== null) services.chat.enter(session, enter);
  return result;
}

function refuseAdmin({ refusals }: Services, link: PushLink): HelloResult {
  const detail = "sign in first, with the link that the server printed";
  refusals.write("Refused a session: the role of operator without a sign-in", {});
  // Deferred until the reply has been sent: closing discards unsent data.
  setImmediate(() => link.connection?.forbidden(detail));
  return refusal("unauthorized", "unauthorized", detail);
}

function refusal(cause: RefusalCause, reason: EndReason, detail: string): HelloResult {
  const { closeCode } = endReasons[reason];
  return { accepted: false, refusal: { cause, reason, closeCode: closeCode ?? 1008, detail, retryAfterMs: 0 } };
}
