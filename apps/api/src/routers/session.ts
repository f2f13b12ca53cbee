/** A client's own session: opening it, hearing of it, keeping it, leaving it. */
import type { Refusal } from "@lastbeat/core";
import { TRPCError } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { openInput } from "../contract/inputs.ts";
import type { PushEvent } from "../contract/push.ts";
import type { Ok, OpenReply } from "../contract/replies.ts";
import { openSession } from "../openSession.ts";
import { activity, open, router, withSession } from "./trpc.ts";

export const sessionRouter = router({
  open: open.input(openInput).mutation(async ({ ctx, input }): Promise<OpenReply> => {
    if (ctx.link === null) throw new TRPCError({ code: "PRECONDITION_FAILED", message: "a session needs a WebSocket" });
    const result = await openSession(ctx.services, ctx.link, { ...input, signIn: ctx.signIn });
    if (!result.accepted) throw refused(result.refusal);
    return { ...result.welcome, room: result.session.room, lab: ctx.services.lab };
  }),

  /**
   * Everything the server tells this client. The WebSocket transport answers this subscription itself, see
   * `transports/trpcSocket.ts`: going through tRPC's generator would cost 10 KB a session. So only HTTP callers come here.
   */
  events: open.subscription(() =>
    observable<PushEvent>((observer) => {
      observer.error(new TRPCError({ code: "PRECONDITION_FAILED", message: "session.events needs a WebSocket" }));
    }),
  ),

  stillHere: activity.mutation((): Ok => ({ ok: true })),

  goodbye: withSession.mutation(({ ctx }): Ok => {
    ctx.link?.leave();
    return { ok: true };
  }),
});

function refused(refusal: Refusal): TRPCError {
  const code =
    refusal.cause === "unauthorized" ? "UNAUTHORIZED" : refusal.closeCode === 1013 ? "TOO_MANY_REQUESTS" : "BAD_REQUEST";
  return new TRPCError({ code, message: refusal.detail });
}
