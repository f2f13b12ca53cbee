/** Chat procedures: one room per session, stored messages, and presence. */
import { historyInput, joinInput, sendInput } from "../contract/inputs.ts";
import type { ChatMessage } from "../contract/push.ts";
import type { JoinReply, Ok } from "../contract/replies.ts";
import { activity, router, touching, withSession } from "./trpc.ts";

export const chatRouter = router({
  join: withSession
    .input(joinInput)
    .mutation(({ ctx, input }): Promise<JoinReply> => ctx.services.chat.join(ctx.session, input.room)),

  send: withSession
    .input(sendInput)
    .use(touching)
    .mutation(({ ctx, input }): Promise<ChatMessage> => ctx.services.chat.send(ctx.session, input)),

  /** Requests the room's full member list, which arrives as `chat.members`. Called by client code, not the user, so it is no activity. */
  members: withSession.mutation(({ ctx }): Ok => {
    ctx.services.chat.resync(ctx.session);
    return { ok: true };
  }),

  typing: activity.mutation(({ ctx }): Ok => {
    ctx.services.chat.typing(ctx.session);
    return { ok: true };
  }),

  // Clients fetch history automatically, so this is no activity.
  history: withSession
    .input(historyInput)
    .query(({ ctx, input }): Promise<ChatMessage[]> => ctx.services.chat.history(ctx.session, input)),
});
