/** Queries a server over REST. */
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

export interface RestRequest {
  readonly method?: string;
  readonly params?: URLSearchParams;
  readonly body?: unknown;
}

/**
 * @throws {LastbeatError} the server's error code and message.
 * @throws {LastbeatError} `failed` if there is no answer, or one from something other than Lastbeat.
 */
export async function ask({ url, token }: ServerAddress, path: string, request: RestRequest = {}): Promise<Response> {
  const { method = "GET", params, body } = request;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const target = `${url}/api${path}${params === undefined || params.size === 0 ? "" : `?${params}`}`;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(target, { method, headers, body: sent }).catch((error: Error) => {
    throw failure("failed", `no server answers at ${url}: ${reasonOf(error)}`);
  });
  if (!response.ok) throw failureOf(response.status, await errorOf(response), url);
  return response;
}

/** @throws {LastbeatError} `failed` if the answer is not JSON, such as a page of another server. */
export async function jsonOf<T>(response: Response, { url }: ServerAddress): Promise<T> {
  const text = await response.text().catch((error: Error) => {
    throw failure("failed", `the response was cut off: ${reasonOf(error)}`);
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

/** How to fix the error. */
const advice: Partial<Record<RestErrorCode, string>> = {
  unauthorized: "; lastbeat token create makes one",
};

function failureOf(status: number, error: RestErrorBody["error"] | null, url: string): Error {
  if (error === null) return failure("failed", `${url} answered ${status}: is this a Lastbeat server?`);
  const { code } = error;
  const [, right] = /^this requires the right (\S+),/.exec(error.message) ?? [];
  const scope = right === undefined ? "" : `; lastbeat token create <name> --scope ${right} makes a token with it`;
  return failure(code, plain(error.message + scope) + (advice[code] ?? ""));
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
  let partial = "";
  try {
    for await (const piece of body ?? []) {
      const lines = (partial + decoder.decode(piece, { stream: true })).split("\n");
      partial = lines.pop() ?? "";
      yield lines.map((line) => parsed<EndView>(line, server.url));
    }
  } catch (error) {
    throw error instanceof LastbeatError ? error : cutOff(reasonOf(error as Error));
  }
  // Behind an HTTP/1.0 proxy, a broken connection looks like the end of the response.
  if (partial !== "") throw cutOff("it ends in the middle of a line");
}

function cutOff(reason: string): Error {
  return failure("failed", `the response was cut off, so the output is incomplete: ${reason}`);
}
