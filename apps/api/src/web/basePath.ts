/** Handles `server.base_path`, the path at which a proxy serves Lastbeat. */

/** The server's own top-level paths. A base path starting with one of them would be ambiguous. */
const RESERVED = ["_app", "admin", "api", "favicon.svg", "healthz", "metrics", "r", "readyz", "trpc", "ws"];
const MAX_LENGTH = 200;
const SHAPE = /^(?:\/[a-z0-9_~-][a-z0-9._~-]*)+\/?$/i;

/** Follows "expected" in error messages. */
export const expectedBasePath = `/, or a path such as /chat that does not begin with one of the server's own (${RESERVED.join(", ")})`;

/** Normalises a base path: no trailing slash, `/` for none; `undefined` if it is not allowed. */
export function readBasePath(written: unknown): string | undefined {
  if (written === "/") return written;
  if (typeof written !== "string" || written.length > MAX_LENGTH || !SHAPE.test(written)) return undefined;
  const [, first = ""] = written.split("/");
  return RESERVED.includes(first) ? undefined : written.replace(/\/$/, "");
}

/**
 * Strips the base path from a URL. Some proxies strip it before forwarding, others leave it on, so a URL that does not start with it
 * is returned unchanged.
 */
export function belowBasePath(target: string, basePath: string): string {
  const url = originForm(target);
  if (basePath === "" || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : url;
}

/** Reduces an absolute-form request target, which every server must accept (RFC 9112, section 3.2.2), to its path and query. */
function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}
