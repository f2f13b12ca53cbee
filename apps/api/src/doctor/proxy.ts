/** Goes to the server as a page of strangers does, through its proxy: `lastbeat doctor --url`. */
import { setTimeout } from "node:timers/promises";
import { WebSocket } from "ws";
import { duration } from "../cli/show.ts";
import type { ProbeView } from "../transports/probeSocket.ts";
import { type Finding, ok, problem, unknown, warning } from "./finding.ts";
import { answer } from "./serving.ts";

const OPEN_MS = 10_000;

export interface ProxyProbe {
  /** As people type it, without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
  /** How long to wait for the proxy to cut a silent connection; 0 does not try. */
  readonly idleMs: number;
  /** The longest silence of the server on a connection: `websocket.keepalive`; 0 if it is off. */
  readonly keepaliveMs: number;
}

export async function proxyFindings(probe: ProxyProbe): Promise<Finding[]> {
  const { url, token } = probe;
  const reached = await reach(url);
  if (reached.level === "problem") return [reached];
  const opened = await open(probe, token === undefined ? "new" : "probe");
  if (!("ws" in opened)) return [reached, opened];
  const { ws, first } = opened;
  try {
    const upgraded = ok("upgrade", "WebSockets get through, for pages of this address");
    if (token === undefined)
      return [reached, upgraded, unknown("headers", "with a token (--token) the server says what it sees of your requests")];
    const text = await Promise.race([first, setTimeout(OPEN_MS, null, { ref: false })]);
    if (text === null)
      return [reached, upgraded, problem("headers", `nothing came over the WebSocket within ${duration(OPEN_MS)}`)];
    return [reached, upgraded, ...headerFindings(JSON.parse(text) as ProbeView, url), ...(await idleFindings(ws, probe))];
  } finally {
    ws.terminate();
  }
}

async function reach(url: string): Promise<Finding> {
  const check = "proxy";
  const health = await answer(`${url}/healthz`);
  if (health === null) return problem(check, `nothing answers at ${url}`);
  if (health.status >= 300 && health.status < 400) return problem(check, `${url} redirects: give the address it redirects to`);
  if (health.body.status !== "ok")
    return problem(
      check,
      `${url}/healthz answers ${health.status}, and not as Lastbeat: is it passed on to this server, with its path?`,
    );
  if (new URL(url).protocol === "https:") return ok(check, `${url} answers, over TLS`);
  return warning(check, `${url} answers without TLS: everything is readable on the way`);
}

interface Opened {
  readonly ws: WebSocket;
  /** The first frame, which may come with the handshake's answer. */
  readonly first: Promise<string>;
}

/** Opens a WebSocket as a page of this address would. */
function open({ url, token }: ProxyProbe, name: "new" | "probe"): Promise<Opened | Finding> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { origin } = new URL(url);
  const ws = new WebSocket(`${url.replace(/^http/, "ws")}/ws/${name}`, { headers, origin, handshakeTimeout: OPEN_MS });
  const first = new Promise<string>((resolve) => ws.once("message", (data) => resolve(String(data))));
  return new Promise((resolve) => {
    ws.once("open", () => resolve({ ws, first }));
    ws.once("unexpected-response", (_, response) => {
      ws.terminate();
      resolve(refusedFinding(response.statusCode ?? 0));
    });
    ws.on("error", (error) => resolve(problem("upgrade", `no WebSocket gets through: ${error.message}`)));
  });
}

function refusedFinding(status: number): Finding {
  const check = "upgrade";
  if (status === 401) return problem("headers", "the token is unknown: lastbeat token create makes one");
  if (status === 403)
    return problem(
      check,
      "403: pages of this address may not connect, because the server sees another host or scheme: let the proxy pass on Host and X-Forwarded-Proto, and list it in server.trusted_proxies",
    );
  return problem(check, `${status}: no WebSocket gets through: let the proxy pass on Upgrade and Connection`);
}

/** @param url what was asked for. */
export function headerFindings({ peer, trusted, address, host, scheme, forwarded }: ProbeView, url: string): Finding[] {
  const asked = new URL(url);
  const check = "headers";
  const seen = `the server sees ${peer} connect, for ${address}, to ${scheme ?? "an unknown scheme"}://${host ?? "no host"}`;
  if (forwarded.length === 0) {
    if (asked.protocol === "http:") return [ok(check, `${seen}: there is no proxy in between`)];
    return [problem(check, `${seen}: the proxy tells nothing of its clients: let it send X-Forwarded-For and X-Forwarded-Proto`)];
  }
  if (!trusted)
    return [problem(check, `${seen}: it sends ${forwarded.join(", ")}, but is not in server.trusted_proxies: list ${peer}`)];
  const found: Finding[] = [];
  if (!forwarded.includes("x-forwarded-for") && !forwarded.includes("forwarded"))
    found.push(problem(check, `${seen}: the limits per address see one client only: let the proxy send X-Forwarded-For`));
  if (`${scheme}:` !== asked.protocol)
    found.push(
      problem(
        check,
        `${seen}: asked was ${asked.protocol}//: let the proxy send X-Forwarded-Proto, which marks the cookie Secure`,
      ),
    );
  if (host !== asked.host) found.push(problem(check, `${seen}: asked was ${asked.host}: let the proxy pass on Host`));
  return found.length > 0 ? found : [ok(check, seen)];
}

async function idleFindings(ws: WebSocket, { idleMs, keepaliveMs }: ProxyProbe): Promise<Finding[]> {
  if (idleMs === 0) return [];
  const startedMs = performance.now();
  const closed = new Promise<number>((resolve) => ws.once("close", () => resolve(performance.now() - startedMs)));
  const waiting = new AbortController();
  const waited = setTimeout(idleMs, null, { signal: waiting.signal }).catch(() => null);
  const cutAfterMs = await Promise.race([closed, waited]);
  waiting.abort();
  return [idleFinding(cutAfterMs, idleMs, keepaliveMs)];
}

/** @param cutAfterMs `null` if it was still open. */
export function idleFinding(cutAfterMs: number | null, idleMs: number, keepaliveMs: number): Finding {
  const check = "idle time";
  if (cutAfterMs === null) return ok(check, `a silent connection was still open after ${duration(idleMs)}`);
  const seen = `a silent connection is cut after ${duration(cutAfterMs)}`;
  if (keepaliveMs > 0 && keepaliveMs < cutAfterMs)
    return ok(check, `${seen}; websocket.keepalive (${duration(keepaliveMs)}) is shorter`);
  const now = keepaliveMs === 0 ? "is off" : `is ${duration(keepaliveMs)}`;
  return problem(check, `${seen}, and websocket.keepalive ${now}: set it well below that, or let the proxy wait longer`);
}
