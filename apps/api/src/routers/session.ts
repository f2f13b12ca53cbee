/** Procedures on the client's own session: open it, receive its events, keep it alive, leave it. */
import { observable } from "@trpc/server/observable";
import { failure, refusedHelloCode } from "../contract/errors.ts";
import { openInput, renewInput } from "../contract/inputs.ts";
import type { PushEvent } from "../contract/push.ts";
import type { Ok, OpenReply, RenewReply } from "../contract/replies.ts";
import { openSession, renewUser } from "../openSession.ts";
import { activity, needsWebSocket, open, router, withSession } from "./trpc.ts";
import { asTrpcError } from "./trpcError.ts";

export const sessionRouter = router({
  open: open.input(openInput).mutation(async ({ ctx, input }): Promise<OpenReply> => {
    if (ctx.link === null) throw needsWebSocket("session.open");
    const result = await openSession(ctx.services, ctx.link, { ...input, signIn: ctx.signIn });
    if (!result.accepted) throw failure(refusedHelloCode(result.refusal.reason), result.refusal.detail);
    return { ...result.welcome, room: result.session.room, lab: ctx.services.lab };
  }),

  /**
   * All events for this client. The WebSocket transport handles this subscription itself (see `TrpcLink` in @lastbeat/trpc), because
   * tRPC's generator would cost 10 KB per session. So only HTTP callers get here.
   */
  events: open.subscription(() =>
    observable<PushEvent>((observer) => {
      observer.error(asTrpcError(needsWebSocket("session.events")));
    }),
  ),

  /** Takes a fresh token before the old one expires. Sent by client code, so it is no activity. */
  renew: withSession
    .input(renewInput)
    .mutation(
      async ({ ctx, input }): Promise<RenewReply> => ({ expiresInMs: await renewUser(ctx.services, ctx.session, input) }),
    ),

  stillHere: activity.mutation((): Ok => ({ ok: true })),

  goodbye: withSession.mutation(({ ctx }): Ok => {
    ctx.link?.leave();
    return { ok: true };
  }),
});
