/** Asking for ended sessions. */
import { z } from "zod";
import { endPageSchema, endSchema, endStatsSchema, timelineSchema } from "../contract/answers.ts";
import { checked } from "../contract/checked.ts";
import { endQuerySchema } from "../contract/endQuery.ts";
import { badField, failure } from "../contract/errors.ts";
import { csvHeader, formerCsvHeader } from "./csv.ts";
import { type ExportFormat, exportFormats, exportStream, exportTypes } from "./endExport.ts";
import type { Ask, Operation } from "./operation.ts";
import { endParams, momentSchema } from "./queryParams.ts";

const sugar = { since: momentSchema, until: momentSchema };

const exportFormatSchema = z.enum(exportFormats).describe("one line an end: CSV with a header, or one JSON object a line");

/** An export is never cut off, so it has no pages. */
const pageParams = ["limit", "cursor"] as const;
const { limit: _limit, cursor: _cursor, ...filterShape } = endQuerySchema.shape;
const exportQuerySchema = z.strictObject({ format: exportFormatSchema, ...filterShape });

/** The operations under a path. */
function operationsAt(path: string, csvHeader: string): readonly Operation[] {
  return [
    {
      method: "get",
      path,
      summary: "Ended sessions, a page at a time",
      scope: "read",
      query: endQuerySchema,
      sugar,
      answer: endPageSchema,
      run: ({ services, params }) => services.store.ends.page(endParams(params, Date.now())),
    },
    {
      method: "get",
      path: `${path}/stats`,
      summary: "Counts of ended sessions over time",
      scope: "read",
      query: endQuerySchema,
      sugar,
      answer: endStatsSchema,
      run: ({ services, params }) => services.store.ends.stats(endParams(params, Date.now())),
    },
    {
      method: "get",
      path: `${path}/export`,
      summary: "Every ended session that matches, streamed",
      scope: "read",
      query: exportQuerySchema,
      sugar,
      answer: Object.values(exportTypes),
      run: (ask) => exportAll(ask, csvHeader),
    },
    {
      method: "get",
      path: `${path}/{id}`,
      summary: "The end of one session with its evidence",
      scope: "read",
      answer: endSchema,
      run: async ({ services, id }) => (await services.store.ends.get(id)) ?? missing(id),
    },
    {
      method: "get",
      path: `${path}/{id}/timeline`,
      summary: "What happened to one session, in order",
      scope: "read",
      answer: timelineSchema,
      async run({ services, id }) {
        const { timeline } = (await services.live.detail(id)) ?? missing(id);
        return { entries: timeline };
      },
    },
  ];
}

/** The paths of earlier versions, under which a CSV has the names of the JSON at its head. */
const formerOperations = operationsAt("/cleanups", formerCsvHeader).map(
  (operation): Operation => ({
    ...operation,
    summary: `${operation.summary}: the former path, use that under /ends`,
    deprecated: true,
  }),
);

export const endOperations: readonly Operation[] = [...operationsAt("/ends", csvHeader), ...formerOperations];

async function exportAll({ services, params, stream }: Ask, csvHeader: string): Promise<void> {
  const format: ExportFormat = checked(exportFormatSchema, params.get("format") ?? undefined, "format");
  for (const field of pageParams) {
    if (params.has(field)) throw badField(field, "unknown field; an export has no pages, it holds every end that matches");
  }
  const filter = new URLSearchParams(params);
  filter.delete("format");
  const body = await exportStream(services.store.ends.each(endParams(filter, Date.now())), { format, csvHeader });
  stream({ type: exportTypes[format], fileName: `ends.${format}`, body });
}

export function missing(id: string): never {
  throw failure("not_found", `no such session: ${id.slice(0, 100)}`);
}
