/** Whole answers to an attacker's requests, and an operator's cookie. */
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import type { Attack } from "../harness/attack.ts";
import type { Attacker } from "../harness/attacker.ts";
import type { Scene } from "../harness/scene.ts";

export interface Answer {
  /** 0 when the server closed the connection without one. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export type Headers = Readonly<Record<string, string | null>>;

/** Waits until the server has closed the connection. */
export async function closedBy(attacker: Attacker): Promise<Answer> {
  await eventually(() => attacker.ended || Promise.reject(new Error(`still open after ${attacker.head.slice(0, 200)}`)));
  const { head, body } = attacker;
  return { status: await attacker.status(), head, body: /^Transfer-Encoding: chunked/im.test(head) ? unchunked(body) : body };
}

function unchunked(body: string): string {
  let text = "";
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.slice(at, end), 16);
    if (end < 0 || !(size > 0)) break;
    text += body.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
  return text;
}

/** Asks on a connection of its own. */
export function ask(scene: Scene, line: string, headers: Headers = {}, body = ""): Promise<Answer> {
  const length: Headers = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  return closedBy(scene.request(line, { Connection: "close", ...length, ...headers }, body));
}

/** Sends bytes that need not be a request. Whatever comes, the connection must not stay open. */
export async function send(scene: Scene, bytes: string | Buffer): Promise<Answer> {
  const attacker = scene.tcp(bytes);
  // What is refused is refused at once; what is not is a request whose end the server waits for.
  attacker.socket.end();
  return closedBy(attacker);
}

export function field({ head }: Answer, name: string): string | undefined {
  const [, value] = new RegExp(`^${name}: (.*)\r$`, "im").exec(head) ?? [];
  return value;
}

/** An attack of one request, by its line and fields, that is answered with one of these statuses. */
export function refused(name: string, statuses: readonly number[], line: string, headers: Headers = {}, body = ""): Attack {
  return {
    name,
    must: `answered with ${statuses.join(" or ")}`,
    run: async (scene) => expect(statuses).toContain((await ask(scene, line, headers, body)).status),
  };
}

/** An attack of bytes that are no right request. */
export function malformed(name: string, statuses: readonly number[], bytes: (host: string) => string | Buffer): Attack {
  return {
    name,
    must: `answered with ${statuses.map((status) => status || "nothing").join(" or ")}, and closed`,
    async run(scene) {
      const answer = await send(scene, bytes(`127.0.0.1:${scene.port}`));
      expect(statuses, answer.head).toContain(answer.status);
      expect(answer.body).not.toContain("HTTP/1.1 200");
    },
  };
}

const linkPattern = /\/admin\/sign-in\?token=[\w-]+/g;

/** A link that works, as whoever runs the server gets one. */
export async function newLink({ server }: Scene): Promise<string> {
  const before = server.output().match(linkPattern)?.length ?? 0;
  process.kill(server.pid, "SIGUSR2");
  return eventually(() => {
    const links = server.output().match(linkPattern) ?? [];
    if (links.length <= before) throw new Error("no new link was printed");
    return links.at(-1) as string;
  });
}

/** The `Cookie` of an operator who has just signed in. */
export async function operatorCookie(scene: Scene): Promise<string> {
  const answer = await ask(scene, `GET ${await newLink(scene)}`, { "X-Forwarded-For": scene.addressOf(249) });
  const cookie = field(answer, "Set-Cookie")?.split(";", 1)[0];
  if (cookie === undefined) throw new Error(`no sign-in: ${answer.head}`);
  return cookie;
}

/** Sends POST with a JSON body. */
export function post(scene: Scene, path: string, body: unknown, headers: Headers = {}): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ask(scene, `POST ${path}`, { "Content-Type": "application/json", ...headers }, text);
}

/** How many lines the log has of an attack that match. */
export function linesOf(scene: Scene, pattern: RegExp): number {
  return scene
    .said()
    .split("\n")
    .filter((line) => pattern.test(line)).length;
}
