/** REST operations on the log. */
import { checked } from "../contract/checked.ts";
import { logLevelInput, logViewSchema } from "../contract/logLevel.ts";
import type { Operation } from "./operation.ts";

export const logOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/log",
    summary: "The log's level, format and file",
    right: "system:read",
    answer: logViewSchema,
    run: async ({ services }) => services.logSettings.view(),
  },
  {
    method: "put",
    path: "/log",
    summary: "Changes the log's level, until the next start",
    right: "system:write",
    body: logLevelInput,
    answer: logViewSchema,
    async run({ services, body, caller }) {
      const { level } = checked(logLevelInput, body, "body");
      const before = { level: services.logSettings.view().level };
      services.logSettings.change(level, caller.name);
      services.audit.record("log_level_changed", caller, { before, after: { level } });
      return services.logSettings.view();
    },
  },
];
