/** A resume ticket as one string, `<session id>.<token>`, for a query parameter or a header. */

export interface ResumeClaim {
  readonly sessionId: string;
  readonly token: string;
}

export function formatResume({ sessionId, token }: ResumeClaim): string {
  return `${sessionId}.${token}`;
}

/** Parses such a string; `undefined` when it is malformed. The token is checked later, when the session is resumed. */
export function parseResume(text: unknown): ResumeClaim | undefined {
  const match = typeof text === "string" ? /^([\w-]{1,100})\.([\w-]{1,200})$/.exec(text) : null;
  const [, sessionId, token] = match ?? [];
  return sessionId === undefined || token === undefined ? undefined : { sessionId, token };
}

/** Parses `?resume=` of a request target. */
export function resumeFromUrl(url: string | undefined): ResumeClaim | undefined {
  return parseResume(queryField(url, "resume"));
}

/** Parses `?token=` of a request target, as `dialWebSocket` adds it with `getToken`; `null` when there is none. Whether it is valid is for the application to say. */
export function tokenFromUrl(url: string | undefined): string | null {
  return queryField(url, "token");
}

/** One field of the query of a request target; `null` when it is absent. */
export function queryField(url: string | undefined, name: string): string | null {
  const start = url?.indexOf("?") ?? -1;
  return url === undefined || start < 0 ? null : new URLSearchParams(url.slice(start)).get(name);
}
