/** Asking for ended sessions. */
import { z } from "zod";
import { endPageSchema, endSchema, endStatsSchema, timelineSchema } from "../contract/answers.ts";
import { checked } from "../contract/checked.ts";
import { endQuerySchema } from "../contract/endQuery.ts";
import { badField, failure } from "../contract/errors.ts";
import { type ExportFormat, exportFormats, exportStream, exportTypes } from "./endExport.ts";
import type { Ask, Operation } from "./operation.ts";
import { endParams, momentSchema } from "./queryParams.ts";

const sugar = { since: momentSchema, until: momentSchema };

const exportFormatSchema = z.enum(exportFormats).describe("one line an end: CSV with a header, or one JSON object a line");

/** An export is never cut off, so it has no pages. */
const pageParams = ["limit", "cursor"] as const;
const { limit: _limit, cursor: _cursor, ...filterShape } = endQuerySchema.shape;
const exportQuerySchema = z.strictObject({ format: exportFormatSchema, ...filterShape });

const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/ends",
    summary: "Ended sessions, a page at a time",
    scope: "read",
    query: endQuerySchema,
    sugar,
    answer: endPageSchema,
    run: ({ services, params }) => services.store.ends.page(endParams(params, Date.now())),
  },
  {
    method: "get",
    path: "/ends/stats",
    summary: "Counts of ended sessions over time",
    scope: "read",
    query: endQuerySchema,
    sugar,
    answer: endStatsSchema,
    run: ({ services, params }) => services.store.ends.stats(endParams(params, Date.now())),
  },
  {
    method: "get",
    path: "/ends/export",
    summary: "Every ended session that matches, streamed",
    scope: "read",
    query: exportQuerySchema,
    sugar,
    answer: Object.values(exportTypes),
    run: exportAll,
  },
  {
    method: "get",
    path: "/ends/{id}",
    summary: "The end of one session with its evidence",
    scope: "read",
    answer: endSchema,
    run: async ({ services, id }) => (await services.store.ends.get(id)) ?? missing(id),
  },
  {
    method: "get",
    path: "/ends/{id}/timeline",
    summary: "What happened to one session, in order",
    scope: "read",
    answer: timelineSchema,
    async run({ services, id }) {
      const { timeline } = (await services.live.detail(id)) ?? missing(id);
      return { entries: timeline };
    },
  },
];

/** The same under the paths of earlier versions, `/api/cleanups…`. */
const formerOperations = operations.map(
  (operation): Operation => ({
    ...operation,
    path: operation.path.replace("/ends", "/cleanups"),
    summary: `${operation.summary}; use /api${operation.path}`,
    deprecated: true,
  }),
);

export const endOperations: readonly Operation[] = [...operations, ...formerOperations];

async function exportAll({ services, params, stream }: Ask): Promise<void> {
  const format: ExportFormat = checked(exportFormatSchema, params.get("format") ?? undefined, "format");
  for (const field of pageParams) {
    if (params.has(field)) throw badField(field, "unknown field; an export has no pages, it holds every end that matches");
  }
  const filter = new URLSearchParams(params);
  filter.delete("format");
  const body = await exportStream(services.store.ends.each(endParams(filter, Date.now())), format);
  stream({ type: exportTypes[format], fileName: `ends.${format}`, body });
}

export function missing(id: string): never {
  throw failure("not_found", `no such session: ${id.slice(0, 100)}`);
}
