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
    .mutation(({ ctx: { services, operator }, input }): LogView => {
      const before = { level: services.logSettings.view().level };
      services.logSettings.change(input.level, operator.name);
      const after = { level: services.logSettings.view().level };
      services.audit.record("log_level_changed", operator, { before, after });
      return services.logSettings.view();
    }),

  /** Confirms a wall clock that has jumped. Retention follows it once it has been steady for an hour. */
  clockIsRight: operatorWith("system:write").mutation(({ ctx: { services, operator } }): void => {
    services.store.retention.looked(operator.name);
    services.audit.record("clock_confirmed", operator);
  }),
});
