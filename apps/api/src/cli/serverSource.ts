/** Asks a server over REST. */
import type { CleanupQuery } from "../contract/cleanupQuery.ts";
import type { Cleanup, CleanupPage, CleanupStats } from "../contract/views.ts";
import { type RestErrorBody, restErrorSchema } from "../rest/restError.ts";
import { CommandFailed, UsageError } from "./failure.ts";
import { plain } from "./show.ts";
import type { ListedSession, ServerAddress, Source } from "./source.ts";

export function serverSource(server: ServerAddress): Source {
  const get = async <T>(path: string, params: URLSearchParams) => (await (await ask(server, path, { params })).json()) as T;
  return {
    page: (query) => get<CleanupPage>("/cleanups", paramsOf(query)),
    stats: (query) => get<CleanupStats>("/cleanups/stats", paramsOf(query)),
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
 * @throws {UsageError} with the server's own words about what was asked.
 * @throws {CommandFailed} with its words about anything else, or why there is no answer.
 */
export async function ask({ url, token }: ServerAddress, path: string, asked: Asked = {}): Promise<Response> {
  const { method = "GET", params, body } = asked;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const target = `${url}/api${path}${params === undefined || params.size === 0 ? "" : `?${params}`}`;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(target, { method, headers, body: sent }).catch((error: Error) => {
    throw new CommandFailed(`no server answers at ${url}: ${reasonOf(error)}`);
  });
  if (!response.ok) throw failureOf(response.status, await errorOf(response), url);
  return response;
}

function failureOf(status: number, error: RestErrorBody["error"] | null, url: string): Error {
  if (error === null) return new CommandFailed(`${url} answered ${status}: is this a Lastbeat server?`);
  const message = plain(error.message);
  if (status === 400 || status === 404) return new UsageError(message);
  if (status === 401) return new CommandFailed(`${message}; lastbeat token create makes one`);
  if (status === 403)
    return new CommandFailed(`${message}; lastbeat token create <name> --scope operate makes one that may do more`);
  return new CommandFailed(message);
}

async function errorOf(response: Response): Promise<RestErrorBody["error"] | null> {
  const body: unknown = await response.json().catch(() => null);
  return restErrorSchema.safeParse(body).data?.error ?? null;
}

function reasonOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

function paramsOf(query: CleanupQuery): URLSearchParams {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}

async function* eachLine(
  server: ServerAddress,
  { limit: _, cursor: __, ...query }: CleanupQuery,
): AsyncGenerator<readonly Cleanup[]> {
  const params = paramsOf(query as CleanupQuery);
  params.set("format", "jsonl");
  const { body } = await ask(server, "/cleanups/export", { params });
  const decoder = new TextDecoder();
  let begun = "";
  try {
    for await (const piece of body ?? []) {
      const lines = (begun + decoder.decode(piece, { stream: true })).split("\n");
      begun = lines.pop() ?? "";
      yield lines.map((line) => JSON.parse(line) as Cleanup);
    }
  } catch (error) {
    throw new CommandFailed(`the answer broke off, what is printed is not all of it: ${reasonOf(error as Error)}`);
  }
}
