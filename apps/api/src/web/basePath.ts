/** Serving below a path of a proxy's: `server.base_path`. */

/** What the server answers itself; a base path that began with one of them could not be told from it. */
const OWN = ["_app", "admin", "api", "favicon.svg", "healthz", "metrics", "r", "readyz", "trpc", "ws"];
const LONGEST = 200;
const SHAPE = /^(?:\/[a-z0-9_~-][a-z0-9._~-]*)+\/?$/i;

/** What a message says after "expected". */
export const expectedBasePath = `/, or a path such as /chat that does not begin with one of the server's own (${OWN.join(", ")})`;

/** A base path without a slash at its end, `/` for none; `undefined` when it is not allowed. */
export function readBasePath(written: unknown): string | undefined {
  if (written === "/") return written;
  if (typeof written !== "string" || written.length > LONGEST || !SHAPE.test(written)) return undefined;
  const [, first = ""] = written.split("/");
  return OWN.includes(first) ? undefined : written.replace(/\/$/, "");
}

/**
 * The URL as the server's own routes know it. A proxy may take the base path off before it passes a request on, or leave it on: one that does
 * not begin with it is taken to have come from the first kind.
 */
export function belowBasePath(target: string, basePath: string): string {
  const url = originForm(target);
  if (basePath === "" || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : url;
}

/** A target that names the whole address means the same as its path alone, and every server must take it (RFC 9112, section 3.2.2). */
function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}
