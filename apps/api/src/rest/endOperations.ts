/** REST operations on ended sessions. */
import { z } from "zod";
import { endPageSchema, endSchema, endStatsSchema, timelineSchema } from "../contract/answers.ts";
import { checked } from "../contract/checked.ts";
import { endQuerySchema } from "../contract/endQuery.ts";
import { badField, failure } from "../contract/errors.ts";
import { timelineQuery } from "../contract/timeline.ts";
import { csvHeader, formerCsvHeader } from "./csv.ts";
import { type ExportFormat, type ExportNames, exportFormats, exportStream, exportTypes } from "./endExport.ts";
import type { Operation, OperationRequest } from "./operation.ts";
import { endParams, momentSchema, queryParams } from "./queryParams.ts";

const sugar = { since: momentSchema, until: momentSchema };

const exportFormatSchema = z.enum(exportFormats).describe("one line per end: CSV with a header, or one JSON object per line");

/** Not allowed for exports, which are always complete. */
const pageParams = ["limit", "cursor"] as const;
const { limit: _limit, cursor: _cursor, ...filterShape } = endQuerySchema.shape;
const exportQuerySchema = z.strictObject({ format: exportFormatSchema, ...filterShape });

/** Defines the operations under a path. */
function operationsAt(path: string, names: ExportNames): readonly Operation[] {
  return [
    {
      method: "get",
      path,
      summary: "Ended sessions, in pages",
      right: "history:read",
      query: endQuerySchema,
      sugar,
      answer: endPageSchema,
      run: ({ services, params }) => services.store.ends.page(endParams(params, Date.now())),
    },
    {
      method: "get",
      path: `${path}/stats`,
      summary: "Counts of ended sessions over time",
      right: "history:read",
      query: endQuerySchema,
      sugar,
      answer: endStatsSchema,
      run: ({ services, params }) => services.store.ends.stats(endParams(params, Date.now())),
    },
    {
      method: "get",
      path: `${path}/export`,
      summary: "All matching ended sessions, streamed",
      right: "history:read",
      query: exportQuerySchema,
      sugar,
      answer: Object.values(exportTypes),
      run: (request) => exportAll(request, names),
    },
    {
      method: "get",
      path: `${path}/{id}`,
      summary: "The end of a session with its evidence",
      right: "history:read",
      answer: endSchema,
      run: async ({ services, id }) => (await services.store.ends.get(id)) ?? missing(id),
    },
    {
      method: "get",
      path: `${path}/{id}/timeline`,
      summary: "The events of a session, in order: many are folded, unless asked for in pages",
      right: "history:read",
      query: timelineQuery,
      answer: timelineSchema,
      async run({ services, id, params }) {
        const { after, limit } = queryParams(timelineQuery, params);
        const { timeline } = (await services.live.detail(id)) ?? missing(id);
        if (after === undefined) return { entries: timeline, nextAfter: null };
        return services.store.ends.timelinePage({ id, after, limit });
      },
    },
  ];
}

/** The paths of earlier versions. Their exports have the former names. */
const formerOperations = operationsAt("/cleanups", { file: "cleanups", csvHeader: formerCsvHeader }).map(
  (operation): Operation => ({
    ...operation,
    summary: `${operation.summary}: former path, use the one under /ends`,
    deprecated: true,
  }),
);

export const endOperations: readonly Operation[] = [...operationsAt("/ends", { file: "ends", csvHeader }), ...formerOperations];

async function exportAll(
  { services, caller, params, stream }: OperationRequest,
  { file, csvHeader }: ExportNames,
): Promise<void> {
  const format: ExportFormat = checked(exportFormatSchema, params.get("format") ?? undefined, "format");
  for (const field of pageParams) {
    if (params.has(field)) throw badField(field, "unknown field; an export has no pages, it contains all matching ends");
  }
  const filter = new URLSearchParams(params);
  filter.delete("format");
  services.audit.record("history_exported", caller, { target: format, after: { filter: String(filter).slice(0, 1_000) } });
  const body = await exportStream(services.store.ends.each(endParams(filter, Date.now())), { format, csvHeader });
  stream({ type: exportTypes[format], fileName: `${file}.${format}`, body });
}

export function missing(id: string): never {
  throw failure("not_found", `no such session: ${id.slice(0, 100)}`);
}
