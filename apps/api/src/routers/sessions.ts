/** Live sessions, for operators. */
import { TRPCError } from "@trpc/server";
import { z } from "zod";
import { endNote } from "../contract/inputs.ts";
import type { SessionDetail, SessionListReply } from "../contract/replies.ts";
import type { Cleanup } from "../contract/views.ts";
import { sessionListInput } from "../liveSessions.ts";
import { admin, router } from "./trpc.ts";

const sessionId = z.string().min(1).max(100);

export const sessionsRouter = router({
  list: admin.input(sessionListInput).query(({ ctx, input }): Promise<SessionListReply> => ctx.services.live.list(input)),

  get: admin.input(z.object({ id: sessionId })).query(async ({ ctx, input }): Promise<SessionDetail> => {
    const detail = await ctx.services.live.detail(input.id);
    if (detail === null) throw notFound(input.id);
    return detail;
  }),

  end: admin.input(z.object({ id: sessionId, note: endNote.optional() })).mutation(async ({ ctx, input }): Promise<Cleanup> => {
    const ended = await ctx.services.live.end(input.id, { operator: ctx.admin, note: input.note });
    if (ended === null) throw notFound(input.id);
    return ended;
  }),
});

function notFound(id: string): TRPCError {
  return new TRPCError({ code: "NOT_FOUND", message: `no session ${id}` });
}
