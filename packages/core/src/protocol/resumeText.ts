/** A resume ticket as one text, `<session id>.<token>`, for places that hold one text only: a query, a header. */

export interface ResumeClaim {
  readonly sessionId: string;
  readonly token: string;
}

export function formatResume({ sessionId, token }: ResumeClaim): string {
  return `${sessionId}.${token}`;
}

/** Reads such a text; `undefined` when it is none. Whether the claim is true is found when the session is taken up again. */
export function parseResume(text: unknown): ResumeClaim | undefined {
  const match = typeof text === "string" ? /^([\w-]{1,100})\.([\w-]{1,200})$/.exec(text) : null;
  const [, sessionId, token] = match ?? [];
  return sessionId === undefined || token === undefined ? undefined : { sessionId, token };
}

/** Reads `?resume=` of a request's target. */
export function resumeFromUrl(url: string | undefined): ResumeClaim | undefined {
  return parseResume(queryField(url, "resume"));
}

/** A field of the query of a request's target; `null` when it has none. */
export function queryField(url: string | undefined, name: string): string | null {
  const start = url?.indexOf("?") ?? -1;
  return url === undefined || start < 0 ? null : new URLSearchParams(url.slice(start)).get(name);
}
