/** Two sessions that do nothing wrong while the server is attacked, one in each dialect, and how long they wait for answers. */
import { once } from "node:events";
import { eventually } from "@lastbeat/support/eventually";
import type { ScratchServer } from "@lastbeat/support/scratchServer";
import { WebSocket } from "ws";

const ROOM = "healthy";
/** How often each asks for something. */
const ASK_EVERY_MS = 100;

interface Dialect {
  readonly name: string;
  readonly path: string;
  readonly hello: object;
  ask(id: number): object;
  /** Which question a frame answers. */
  answered(frame: Record<string, unknown>): unknown;
  heartbeat(text: string): string | null;
}

const trpc: Dialect = {
  name: "Healthy over tRPC",
  path: "/trpc?connectionParams=1",
  hello: { method: "connectionParams", data: { name: "Healthy over tRPC", room: ROOM } },
  ask: (id) => ({ id, method: "query", params: { path: "chat.history", input: { room: ROOM } } }),
  answered: ({ id, result }) => (result === undefined ? undefined : id),
  heartbeat: (text) => (text === "PING" ? "PONG" : null),
};

const json: Dialect = {
  name: "Healthy over JSON",
  path: "/ws/new",
  hello: { type: "hello", name: "Healthy over JSON", room: ROOM },
  ask: (ref) => ({ type: "chat.history", room: ROOM, ref }),
  answered: ({ type, ref }) => (type === "chat.history" ? ref : undefined),
  heartbeat: (text) => (text === '{"type":"heartbeat"}' ? '{"type":"pong"}' : null),
};

export class HealthySessions implements AsyncDisposable {
  readonly #all: readonly HealthySession[];

  private constructor(all: readonly HealthySession[]) {
    this.#all = all;
  }

  static async open({ ws }: ScratchServer): Promise<HealthySessions> {
    return new HealthySessions(await Promise.all([trpc, json].map((dialect) => HealthySession.open(ws, dialect))));
  }

  /** The longest that one of them waited for an answer, in milliseconds; asks once more first. */
  async worstEcho(): Promise<number> {
    await Promise.all(this.#all.map((each) => each.echo()));
    return Math.max(...this.#all.map(({ worstMs }) => worstMs));
  }

  /** The longest that one of them waited for an answer so far, or is waiting now, in milliseconds. */
  get longestWaitMs(): number {
    return Math.max(...this.#all.map((each) => Math.max(each.worstMs, each.waitingMs)));
  }

  /** Those whose connection was closed, and how. */
  get ended(): string[] {
    return this.#all.flatMap(({ ended }) => ended ?? []);
  }

  /** Without waiting for the server, which may be gone. */
  cut(): void {
    for (const each of this.#all) each.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((each) => each.leave()));
  }
}

class HealthySession {
  worstMs = 0;
  ended: string | null = null;
  readonly #socket: WebSocket;
  readonly #dialect: Dialect;
  readonly #askedMs = new Map<unknown, number>();
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: WebSocket, dialect: Dialect) {
    this.#socket = socket;
    this.#dialect = dialect;
    socket.on("message", (data) => this.#take(String(data)));
    socket.on("close", (code, reason) => {
      this.ended = `${dialect.name}: ${code} ${reason}`;
    });
    socket.on("error", () => {});
  }

  static async open(ws: string, dialect: Dialect): Promise<HealthySession> {
    const socket = new WebSocket(ws + dialect.path);
    const session = new HealthySession(socket, dialect);
    await once(socket, "open");
    socket.send(JSON.stringify(dialect.hello));
    await session.echo();
    session.#timer = setInterval(() => session.#ask(), ASK_EVERY_MS);
    return session;
  }

  /** Asks, and waits for this and every earlier answer. */
  async echo(): Promise<void> {
    const id = this.#ask();
    await eventually(() => {
      if (this.ended !== null) return;
      if (this.#askedMs.has(id)) throw new Error(`${this.#dialect.name} got no answer`);
    });
  }

  get waitingMs(): number {
    const [first] = this.#askedMs.values();
    return first === undefined ? 0 : performance.now() - first;
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close(1000);
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, "close");
  }

  cut(): void {
    clearInterval(this.#timer);
    this.#socket.terminate();
  }

  #ask(): number {
    this.#lastId += 1;
    // A healthy client does not go on asking where nobody answers.
    if (this.#askedMs.size > 0 && this.#timer !== undefined && this.#askedMs.size > 4) return this.#lastId;
    this.#askedMs.set(this.#lastId, performance.now());
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(this.#dialect.ask(this.#lastId)));
    return this.#lastId;
  }

  #take(text: string): void {
    const beat = this.#dialect.heartbeat(text);
    if (beat !== null) return this.#socket.send(beat);
    if (text === "PONG") return;
    const id = this.#dialect.answered(JSON.parse(text) as Record<string, unknown>);
    const askedMs = this.#askedMs.get(id);
    if (askedMs === undefined) return;
    this.#askedMs.delete(id);
    this.worstMs = Math.max(this.worstMs, performance.now() - askedMs);
  }
}
