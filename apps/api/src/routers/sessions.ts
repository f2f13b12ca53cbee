/** Live sessions, for operators. */
import { TRPCError } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { z } from "zod";
import { endNote } from "../contract/inputs.ts";
import { type LiveWindowUpdate, liveLookInput, liveWindowInput } from "../contract/liveWindow.ts";
import type { Ok, SessionDetail, SessionListReply } from "../contract/replies.ts";
import type { EndView } from "../contract/views.ts";
import { TooManyWindows } from "../live/liveWindows.ts";
import { sessionListInput } from "../liveSessions.ts";
import { admin, router } from "./trpc.ts";

const sessionId = z.string().min(1).max(100);

export const sessionsRouter = router({
  list: admin.input(sessionListInput).query(({ ctx, input }): Promise<SessionListReply> => ctx.services.live.list(input)),

  /**
   * A part of the live table: at once, and then what changes in it, once a second at most. Needs a WebSocket, which tells when a page reads
   * too slowly. `look` moves it.
   */
  window: admin.input(liveWindowInput).subscription(({ ctx: { link, services }, input }) => {
    if (link === null) throw new TRPCError({ code: "PRECONDITION_FAILED", message: "the live table needs a WebSocket" });
    return observable<LiveWindowUpdate>((observer) => {
      try {
        const window = services.windows.open(link, input, (update) => observer.next(update));
        return () => services.windows.closeWindow(window);
      } catch (error) {
        if (!(error instanceof TooManyWindows)) throw error;
        observer.error(new TRPCError({ code: "TOO_MANY_REQUESTS", message: error.message, cause: error }));
      }
    });
  }),

  /** Scrolls, orders, filters or holds a window that is open on the same connection; the answer comes through its subscription. */
  look: admin.input(liveLookInput).mutation(({ ctx: { link, services }, input }): Ok => {
    const { window, ask, ...query } = input;
    if (link === null || !services.windows.look(link, window, { query, ask }))
      throw new TRPCError({ code: "NOT_FOUND", message: "no such live table is open on this connection" });
    return { ok: true };
  }),

  get: admin.input(z.object({ id: sessionId })).query(async ({ ctx, input }): Promise<SessionDetail> => {
    const detail = await ctx.services.live.detail(input.id);
    if (detail === null) throw notFound(input.id);
    return detail;
  }),

  end: admin.input(z.object({ id: sessionId, note: endNote.optional() })).mutation(async ({ ctx, input }): Promise<EndView> => {
    const ended = await ctx.services.live.end(input.id, { operator: ctx.admin, note: input.note });
    if (ended === null) throw notFound(input.id);
    return ended;
  }),
});

function notFound(id: string): TRPCError {
  return new TRPCError({ code: "NOT_FOUND", message: `no session ${id}` });
}
