/** What an attack has at hand. Connections that it opens here are cut when it is over. */
import { randomBytes } from "node:crypto";
import type { ScratchServer } from "@lastbeat/support/scratchServer";
import { Attacker } from "./attacker.ts";
import type { MemoryWatch } from "./memoryWatch.ts";

export interface UpgradeOptions {
  /** More header fields, or others than usual; `null` leaves one away. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The address it seems to come from. Default: one of this attack's own. */
  readonly from?: string;
  /** What is sent right behind the request. */
  readonly then?: Buffer;
}

let scenes = 0;

export class Scene {
  readonly server: ScratchServer;
  readonly port: number;
  readonly memory: Pick<MemoryWatch, "now" | "grown">;
  /** An address that no other attack has (RFC 2544, section C.2.2). */
  readonly address: string;
  /** Unique among attacks, for names of people and rooms. */
  readonly tag: string;
  readonly #attackers: Attacker[] = [];
  readonly #outputBefore: number;

  constructor(server: ScratchServer, memory: Pick<MemoryWatch, "now" | "grown">) {
    scenes += 1;
    this.server = server;
    this.#outputBefore = server.output().length;
    this.memory = memory;
    this.port = Number(new URL(server.http).port);
    this.address = this.addressOf(1);
    this.tag = `a${scenes}`;
  }

  /** Another address of this attack's own, 1 to 250. */
  addressOf(which: number): string {
    return `198.18.${scenes % 250}.${which}`;
  }

  /** What the server has written to its log since this attack began. */
  said(): string {
    return this.server.output().slice(this.#outputBefore);
  }

  /** One of the server's metrics, without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.server.http}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }

  /** A bare TCP connection. */
  tcp(first: string | Buffer): Attacker {
    const attacker = new Attacker(this.port, first);
    this.#attackers.push(attacker);
    return attacker;
  }

  /** A request whose answer's `status`, `head` and `body` can be waited for. */
  request(line: string, headers: Readonly<Record<string, string | null>> = {}, body = ""): Attacker {
    const all = { Host: `127.0.0.1:${this.port}`, "X-Forwarded-For": this.address, ...headers };
    return this.tcp(`${line} HTTP/1.1\r\n${headerLines(all)}\r\n${body}`);
  }

  /** Asks for a WebSocket at this path; `status` says what the server answers. */
  upgrade(path: string, { headers = {}, from = this.address, then = Buffer.alloc(0) }: UpgradeOptions = {}): Attacker {
    const all = {
      Host: `127.0.0.1:${this.port}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      "X-Forwarded-For": from,
      ...headers,
    };
    return this.tcp(Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\n${headerLines(all)}\r\n`, "latin1"), then]));
  }

  /** An open WebSocket. @throws when the server refuses it. */
  async webSocket(path: string, options: UpgradeOptions = {}): Promise<Attacker> {
    const attacker = this.upgrade(path, options);
    const status = await attacker.status();
    if (status !== 101) throw new Error(`the server answered ${status}: ${attacker.body}`);
    return attacker;
  }

  /** A session over JSON. */
  async json(options: UpgradeOptions & { readonly hello?: object } = {}): Promise<Attacker> {
    const attacker = await this.webSocket("/ws/new", options);
    attacker.send({ type: "hello", name: `Eve ${this.tag}`, room: this.tag, ...options.hello });
    await attacker.message(({ type }) => type === "welcome");
    return attacker;
  }

  /** A session over tRPC, with a subscription to its events whose id is 1. */
  async trpc(options: UpgradeOptions & { readonly hello?: object } = {}): Promise<Attacker> {
    const attacker = await this.webSocket("/trpc?connectionParams=1", options);
    attacker.send({ method: "connectionParams", data: { name: `Eve ${this.tag}`, room: this.tag, ...options.hello } });
    attacker.send({ id: 1, method: "subscription", params: { path: "session.events" } });
    await attacker.message(({ id }) => id === 1);
    return attacker;
  }

  /** Many of something at once. */
  many<T>(count: number, make: (index: number) => T | Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
  }

  /** How the server answers a stranger who comes by another way just now. */
  async newcomer(from = this.addressOf(250)): Promise<"welcome"> {
    const newcomer = await this.json({ from, hello: { name: `New ${this.tag}` } });
    newcomer.leave();
    return "welcome";
  }

  leave(): void {
    for (const attacker of this.#attackers) attacker.leave();
  }
}

function headerLines(headers: Readonly<Record<string, string | null>>): string {
  return Object.entries(headers)
    .map(([name, value]) => (value === null ? "" : `${name}: ${value}\r\n`))
    .join("");
}
