/** What the configuration exposes to strangers, and who answers on the server's port. */

import { isExposed, risksFor } from "../config/exposure.ts";
import { type Config, exposureOf } from "../config.ts";
import { isKnown } from "../contract/errors.ts";
import { checkFree } from "../listen.ts";
import { localUrl } from "../localUrl.ts";
import { type Finding, ok, problem, unknown, warning } from "./finding.ts";

const ANSWER_MS = 5_000;

export function exposureFindings(config: Config): Finding[] {
  const check = "exposure";
  const { host, trustedProxies, acceptRisks } = config.server;
  const exposed = isExposed(host);
  if (!exposed && trustedProxies.length === 0) return [ok(check, `only programs on this machine reach ${host}`)];
  const reach = exposed ? `other machines reach ${host}` : "strangers reach it through the proxy";
  const found = risksFor(exposureOf(config));
  if (found.length === 0) return [ok(check, `${reach}; sign-in, limits per address and a proxy are set`)];
  return found.map(({ risk, path, message }) => {
    const text = `${reach}: ${path}: ${message}`;
    if (exposed && !acceptRisks.includes(risk)) return problem(check, `${text}; the start refuses this`);
    return warning(check, acceptRisks.includes(risk) ? `${text} (accepted by server.accept_risks)` : text);
  });
}

/** @param isHeld whether a server holds the database. */
export async function portFindings({ server }: Config, isHeld: boolean): Promise<Finding[]> {
  const check = "port";
  if (server.port === 0) return [unknown(check, "the system chooses one at the start")];
  const url = localUrl(server);
  const alive = await answer(`${url}/healthz`);
  if (alive !== null) {
    if (alive.body.status !== "ok")
      return [problem(check, `something other than Lastbeat answers at ${url}: choose another port`)];
    if (!isHeld) return [warning(check, `a Lastbeat answers at ${url}, but not with this database`)];
    return [ok(check, `the server answers at ${url}`), await readiness(url)];
  }
  if (isHeld)
    return [
      problem(check, `a server holds the database, but none answers at ${url}: is it starting, stopping, or on another port?`),
    ];
  try {
    await checkFree(server);
    return [ok(check, `${server.host}:${server.port} is free`)];
  } catch (error) {
    if (!isKnown(error)) throw error;
    return [problem(check, error.message)];
  }
}

async function readiness(url: string): Promise<Finding> {
  const ready = await answer(`${url}/readyz`);
  if (ready?.body.status === "ready") return ok("readiness", "it takes new sessions");
  return problem("readiness", `it takes no new sessions: ${String(ready?.body.cause ?? "no answer")}`);
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `null` if nothing answers. A body that is not JSON is empty. */
export async function answer(url: string): Promise<Answer | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), redirect: "manual" });
    const body: unknown = await response.json().catch(() => ({}));
    return { status: response.status, body: (typeof body === "object" && body !== null ? body : {}) as Answer["body"] };
  } catch {
    return null;
  }
}
