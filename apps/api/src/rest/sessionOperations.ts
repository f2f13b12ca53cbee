/** REST operations on live sessions. */
import { z } from "zod";
import { sessionEnded } from "../auth/audit.ts";
import { endSchema, sessionDetailSchema, sessionListSchema, userEndedSchema } from "../contract/answers.ts";
import { checked } from "../contract/checked.ts";
import { endNote } from "../contract/inputs.ts";
import { sessionListInput } from "../liveSessions.ts";
import { missing } from "./endOperations.ts";
import type { Operation } from "./operation.ts";
import { queryParams } from "./queryParams.ts";

const endBody = z.strictObject({
  note: endNote.optional().describe("stored with the end, for readers of the history"),
});

/** Larger limits than an operator's table has, because scripts usually want all sessions. */
const listQuery = z.strictObject({
  ...sessionListInput.shape,
  limit: z.number().int().min(1).max(10_000).default(1_000).describe("sessions per page; `total` counts the others too"),
});

export const sessionOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/sessions",
    summary: "Live sessions, in pages",
    right: "sessions:read",
    query: listQuery,
    answer: sessionListSchema,
    async run({ services, params }) {
      const { rows, total, nextCursor } = await services.live.list(queryParams(listQuery, params));
      return { sessions: rows, total, nextCursor };
    },
  },
  {
    method: "get",
    path: "/sessions/{id}",
    summary: "A session, live or ended, with its deadlines",
    right: "sessions:read",
    answer: sessionDetailSchema,
    async run({ services, id }) {
      const detail = (await services.live.detail(id)) ?? missing(id);
      return { ...detail, cleanup: detail.end };
    },
  },
  {
    method: "delete",
    path: "/sessions/{id}",
    summary: "Ends a live session",
    right: "sessions:end",
    body: endBody,
    answer: endSchema,
    async run({ services, id, body, caller }) {
      const { note } = checked(endBody, body ?? {}, "body");
      const ended = (await services.live.end(id, { operator: caller.name, note })) ?? missing(id);
      services.audit.record("session_ended", caller, sessionEnded(ended));
      return ended;
    },
  },
  {
    method: "delete",
    path: "/users/{id}/sessions",
    idIs: "a user's id",
    summary: "Ends all live sessions of a user, by the user's id",
    right: "sessions:end",
    body: endBody,
    answer: userEndedSchema,
    async run({ services, id, body, caller }) {
      const { note } = checked(endBody, body ?? {}, "body");
      const ends = await services.live.endAllOf(id, { operator: caller.name, note });
      for (const end of ends) services.audit.record("session_ended", caller, sessionEnded(end));
      return { ended: ends.length };
    },
  },
];
