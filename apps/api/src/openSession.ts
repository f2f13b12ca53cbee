/** Handles a client's hello for both transports: opens or resumes the session, then joins it to its room. */
import {
  type Beats,
  type EndReason,
  endReasons,
  type HelloResult,
  type RefusalCause,
  type Session,
  type SessionKind,
} from "@lastbeat/core";
import type { SignIn } from "./auth/signIns.ts";
import { LOOK_ALIKE } from "./chat/chat.ts";
import type { Services } from "./services.ts";
import type { PushLink } from "./transports/pushSocket.ts";
import { type Claim, type Identity, type RefusedUser, refusedUser } from "./users/identity.ts";
import { mayEnter } from "./users/roomRules.ts";

export interface OpenRequest {
  readonly name: string;
  readonly room?: string;
  readonly browser?: string;
  readonly token?: string;
  readonly beats?: Beats;
  readonly kind?: SessionKind;
  readonly resume?: { readonly sessionId: string; readonly token: string };
  /** The operator's sign-in, from the connection's cookie or token. */
  readonly signIn: SignIn | null;
}

/** Never rejects. If the hello is refused, the keeper has already notified and closed the socket. */
export async function openSession(services: Services, link: PushLink, request: OpenRequest): Promise<HelloResult> {
  const { kind = "user", resume, signIn } = request;
  // Resuming an operator's session takes on that role, whatever kind the hello states.
  const target = resume === undefined ? undefined : services.keeper.session(resume.sessionId);
  if (kind === "admin" || target?.kind === "admin") {
    if (signIn === null) return refuseAdmin(services, link);
    if (target?.kind === "user") return refuseUser(services, link, notTheirs);
    return enter(services, link, { request, identity: operatorOf(services, signIn) });
  }
  const found = services.users.identify(claimOf(link, request));
  if (found instanceof Promise) link.connection?.identifying();
  // Not awaited if it is known already, so that what follows happens in the same turn.
  const identified = found instanceof Promise ? await found : found;
  if (!identified.ok) return refuseUser(services, link, identified);
  const { identity } = identified;
  if (!services.users.mayResume(identity, target)) return refuseUser(services, link, notTheirs);
  if (!mayEnterFirst(identity, request.room)) return refuseUser(services, link, refusedUser("this room is not open to you"));
  const { room } = request;
  if (room !== undefined && services.chat.hasLookAlike(room, { kind, user: identity.name }))
    return refuseUser(services, link, refusedUser(LOOK_ALIKE));
  return enter(services, link, { request, identity });
}

interface Entry {
  readonly request: OpenRequest;
  readonly identity: Identity;
}

async function enter(services: Services, link: PushLink, { request, identity }: Entry): Promise<HelloResult> {
  const { room, kind = "user", beats, resume, signIn } = request;
  const { name, userId } = identity;
  if (link.connection === null) return refusal("shutting_down", "server_shutdown", "the server takes no connections now");
  const result = await link.connection.hello({ user: name, userId, room: room ?? null, kind, beats, resume });
  if (!result.accepted) return result;
  const { session, welcome } = result;
  services.users.admit(session, identity);
  if (session.kind === "admin" && signIn !== null) services.operatorSessions.bind(session, signIn);
  // An operator who only watches is not idle. The mark is released when the session ends.
  if (session.kind === "admin" && !welcome.resumed) session.busy("operator watching");
  const entered = room ?? (welcome.resumed ? session.room : null);
  // A session that is resumed has the name it had, which is not that of the hello.
  const mayBeIn = entered !== null && services.users.mayEnter(session, entered) && !services.chat.hasLookAlike(entered, session);
  if (mayBeIn) services.chat.enter(session, entered);
  else services.chat.leave(session);
  return result;
}

/** Takes a fresh token of a session's user, who leaves a room that it does not open. @returns how long it is good for. */
export async function renewUser(
  { users, chat }: Services,
  session: Session,
  { token }: { readonly token: string },
): Promise<number | null> {
  chat.spendCall(session);
  const expiresInMs = await users.renew(session, token);
  if (session.room !== null && !users.mayEnter(session, session.room)) chat.leave(session);
  return expiresInMs;
}

const notTheirs = refusedUser("this session is another user's");

/** An operator goes by the account's name. Where an application vouches for users, an operator is none of them, and in no room (rule WHO1). */
function operatorOf({ users }: Services, { name }: SignIn): Identity {
  return { name, userId: null, rooms: users.guests ? null : [], expiresAtMs: null };
}

function claimOf({ connection }: PushLink, { name, browser, token, room }: OpenRequest): Claim {
  const { address = "", client = "" } = connection?.peer ?? {};
  return { name, browser, token, room, address, client };
}

const mayEnterFirst = ({ rooms }: Identity, room: string | undefined) => room === undefined || mayEnter(rooms, room);

function refuseUser({ refusals }: Services, link: PushLink, { retry, detail }: RefusedUser): HelloResult {
  refusals.write(`Refused a session: ${detail}`, { address: link.connection?.peer?.address });
  // Deferred until the reply has been sent: closing discards unsent data.
  setImmediate(() => (retry ? link.connection?.unidentified(detail) : link.connection?.forbidden(detail)));
  return retry ? refusal("identity", "server_full", detail) : refusal("unauthorized", "unauthorized", detail);
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
