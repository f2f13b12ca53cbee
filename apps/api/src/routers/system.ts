/** Procedures on the server's state, for operators. */
import { observable } from "@trpc/server/observable";
import { type LogView, logLevelInput } from "../contract/logLevel.ts";
import type { OverviewUpdate } from "../contract/replies.ts";
import type { SystemView } from "../contract/systemView.ts";
import type { Overview } from "../contract/views.ts";
import { operatorWith, router } from "./trpc.ts";

export const systemRouter = router({
  overview: operatorWith("sessions:read").query(({ ctx }): Overview => ctx.services.overviewFeed.overview()),

  /** The server itself: runs, pauses, database, versions, configuration. */
  view: operatorWith("system:read").query(({ ctx }): Promise<SystemView> => ctx.services.system.view()),

  /** The overview and the newest ends, at once and then every second. */
  overviewFeed: operatorWith("sessions:read").subscription(({ ctx }) =>
    observable<OverviewUpdate>((observer) => ctx.services.overviewFeed.subscribe((beat) => observer.next(beat))),
  ),

  /** Until the next start. */
  setLogLevel: operatorWith("system:write")
    .input(logLevelInput)
    .mutation(({ ctx, input }): LogView => {
      ctx.services.logSettings.change(input.level, ctx.operator);
      return ctx.services.logSettings.view();
    }),

  /** Confirms a wall clock that has jumped. Retention follows it once it has been steady for an hour. */
  clockIsRight: operatorWith("system:write").mutation(({ ctx }): void => ctx.services.store.retention.looked(ctx.operator)),
});
