/** Procedures on live sessions, for operators. */
import { observable } from "@trpc/server/observable";
import { z } from "zod";
import { sessionEnded } from "../auth/audit.ts";
import { failure } from "../contract/errors.ts";
import { endNote } from "../contract/inputs.ts";
import { type LiveWindowUpdate, liveLookInput, liveWindowInput } from "../contract/liveWindow.ts";
import type { Ok, SessionDetail, SessionListReply, UserEnded } from "../contract/replies.ts";
import { type TimelinePage, timelinePageInput } from "../contract/timeline.ts";
import type { EndView } from "../contract/views.ts";
import { sessionListInput } from "../liveSessions.ts";
import { userIdText } from "../users/userId.ts";
import { needsWebSocket, operatorWith, router } from "./trpc.ts";
import { asTrpcError } from "./trpcError.ts";

const sessionId = z.string().min(1).max(100);

export const sessionsRouter = router({
  list: operatorWith("sessions:read")
    .input(sessionListInput)
    .query(({ ctx, input }): Promise<SessionListReply> => ctx.services.live.list(input)),

  /**
   * A window of the live table: its content at once, then its changes, at most once per second. Needs a WebSocket, which reveals a page
   * that reads too slowly. `look` moves the window.
   */
  window: operatorWith("sessions:read")
    .input(liveWindowInput)
    .subscription(({ ctx: { link, services }, input }) => {
      if (link === null) throw needsWebSocket("sessions.window");
      return observable<LiveWindowUpdate>((observer) => {
        try {
          const window = services.windows.open(link, input, (update) => observer.next(update));
          return () => services.windows.closeWindow(window);
        } catch (error) {
          observer.error(asTrpcError(error));
        }
      });
    }),

  /** Scrolls, sorts, filters or holds a window open on the same connection. The result arrives through its subscription. */
  look: operatorWith("sessions:read")
    .input(liveLookInput)
    .mutation(({ ctx: { link, services }, input }): Ok => {
      const { window, ask, ...query } = input;
      if (link === null || !services.windows.look(link, window, { query, ask }))
        throw failure("not_found", "no such live table on this connection");
      return { ok: true };
    }),

  get: operatorWith("sessions:read")
    .input(z.object({ id: sessionId }))
    .query(async ({ ctx, input }): Promise<SessionDetail> => {
      const detail = await ctx.services.live.detail(input.id);
      if (detail === null) throw notFound(input.id);
      return detail;
    }),

  /** The events of a session in pages; those that the timeline of `get` has folded, too. */
  timeline: operatorWith("sessions:read")
    .input(timelinePageInput.extend({ id: sessionId }))
    .query(({ ctx, input }): Promise<TimelinePage> => ctx.services.store.ends.timelinePage(input)),

  end: operatorWith("sessions:end")
    .input(z.object({ id: sessionId, note: endNote.optional() }))
    .mutation(async ({ ctx, input }): Promise<EndView> => {
      const { services, operator } = ctx;
      const ended = await services.live.end(input.id, { operator: operator.name, note: input.note });
      if (ended === null) throw notFound(input.id);
      services.audit.record("session_ended", operator, sessionEnded(ended));
      return ended;
    }),

  /** Ends all live sessions of a user. */
  endAllOf: operatorWith("sessions:end")
    .input(z.object({ userId: userIdText, note: endNote.optional() }))
    .mutation(async ({ ctx: { services, operator }, input }): Promise<UserEnded> => {
      const ends = await services.live.endAllOf(input.userId, { operator: operator.name, note: input.note });
      for (const end of ends) services.audit.record("session_ended", operator, sessionEnded(end));
      return { ended: ends.length };
    }),
});

function notFound(id: string): Error {
  return failure("not_found", `no such session: ${id}`);
}
