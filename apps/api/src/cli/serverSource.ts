/** Asks a server over REST. */
import { LastbeatError } from "@lastbeat/core";
import type { EndQuery } from "../contract/endQuery.ts";
import { failure, type RestErrorCode } from "../contract/errors.ts";
import type { EndPage, EndStats, EndView } from "../contract/views.ts";
import { exportTypes } from "../rest/endExport.ts";
import { type RestErrorBody, restErrorSchema } from "../rest/restError.ts";
import type { ServerAddress } from "./serverAddress.ts";
import { plain } from "./show.ts";
import type { ListedSession, Source } from "./source.ts";

export function serverSource(server: ServerAddress): Source {
  const get = async <T>(path: string, params: URLSearchParams) => jsonOf<T>(await ask(server, path, { params }), server);
  return {
    page: (query) => get<EndPage>("/ends", paramsOf(query)),
    stats: (query) => get<EndStats>("/ends/stats", paramsOf(query)),
    each: (query) => eachLine(server, query),
    sessions({ search, limit }) {
      const params = new URLSearchParams({ limit: String(limit), ...(search === undefined ? {} : { search }) });
      return get<{ sessions: ListedSession[]; total: number }>("/sessions", params);
    },
    close() {},
  };
}

export interface Asked {
  readonly method?: string;
  readonly params?: URLSearchParams;
  readonly body?: unknown;
}

/**
 * @throws {LastbeatError} `usage` with the server's own words about what was asked.
 * @throws {LastbeatError} `failed` with its words about anything else, or why there is no answer.
 */
export async function ask({ url, token }: ServerAddress, path: string, asked: Asked = {}): Promise<Response> {
  const { method = "GET", params, body } = asked;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const target = `${url}/api${path}${params === undefined || params.size === 0 ? "" : `?${params}`}`;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(target, { method, headers, body: sent }).catch((error: Error) => {
    throw failure("failed", `no server answers at ${url}: ${reasonOf(error)}`);
  });
  if (!response.ok) throw failureOf(response.status, await errorOf(response), url);
  return response;
}

/** @throws {LastbeatError} `failed` for an answer that is something else, such as the page of another server. */
export async function jsonOf<T>(response: Response, { url }: ServerAddress): Promise<T> {
  const text = await response.text().catch((error: Error) => {
    throw failure("failed", `the answer broke off: ${reasonOf(error)}`);
  });
  return parsed<T>(text, url);
}

function parsed<T>(text: string, url: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw notJson(url);
  }
}

function notJson(url: string): Error {
  return failure("failed", `${url} answered with something that is not JSON: is this a Lastbeat server?`);
}

/** How to come by what was missing. */
const advice: Partial<Record<RestErrorCode, string>> = {
  unauthorized: "; lastbeat token create makes one",
  forbidden: "; lastbeat token create <name> --scope operate makes one",
};

function failureOf(status: number, error: RestErrorBody["error"] | null, url: string): Error {
  if (error === null) return failure("failed", `${url} answered ${status}: is this a Lastbeat server?`);
  const { code } = error;
  return failure(code, plain(error.message) + (advice[code] ?? ""));
}

async function errorOf(response: Response): Promise<RestErrorBody["error"] | null> {
  const body: unknown = await response.json().catch(() => null);
  return restErrorSchema.safeParse(body).data?.error ?? null;
}

function reasonOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

function paramsOf(query: EndQuery): URLSearchParams {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}

const [linesType] = exportTypes.jsonl.split(";", 1);

async function* eachLine(
  server: ServerAddress,
  { limit: _, cursor: __, ...query }: EndQuery,
): AsyncGenerator<readonly EndView[]> {
  const params = paramsOf(query as EndQuery);
  params.set("format", "jsonl");
  const response = await ask(server, "/ends/export", { params });
  const { body } = response;
  if (response.headers.get("content-type")?.split(";", 1)[0] !== linesType) {
    await body?.cancel();
    throw notJson(server.url);
  }
  const decoder = new TextDecoder();
  let begun = "";
  try {
    for await (const piece of body ?? []) {
      const lines = (begun + decoder.decode(piece, { stream: true })).split("\n");
      begun = lines.pop() ?? "";
      yield lines.map((line) => parsed<EndView>(line, server.url));
    }
  } catch (error) {
    throw error instanceof LastbeatError ? error : brokenOff(reasonOf(error as Error));
  }
  // Behind a proxy that speaks HTTP/1.0 a connection that breaks looks like the end.
  if (begun !== "") throw brokenOff("it ends in the middle of a line");
}

function brokenOff(reason: string): Error {
  return failure("failed", `the answer broke off, what is printed is not all of it: ${reason}`);
}
