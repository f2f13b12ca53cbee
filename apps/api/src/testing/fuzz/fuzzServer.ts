/** A real server under hostile frames, with healthy sessions beside them. */
import { once } from "node:events";
import { createSeededRandom, type SeededRandom } from "@lastbeat/core/testing";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import { WebSocket } from "ws";
import { type Dialect, hostileFrame } from "./hostileFrames.ts";

export interface FuzzReport {
  readonly connections: number;
  readonly frames: number;
}

const HEALTHY = 4;
const AT_ONCE = 12;
/** What a line of the log or a trace looks like where nobody took care of an exception. */
const FAILURE = /^\S+ ERROR .*|^\s+at .*|.*(?:Unhandled|Uncaught|RangeError|TypeError).*/m;

/** Never so many that the door itself turns them away, and no healthy session idle however long the run. */
const env = {
  LASTBEAT_SYSTEM_SESSION_TIMEOUT: "86400",
  LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "2",
  LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "2",
  LASTBEAT_WEBSOCKET_HELLO_TIMEOUT: "5",
  LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "100000",
  LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "1000000",
};

/** @throws with the seed and what was seen, when the server did anything but stand it. */
export async function fuzzServer(seed: number, durationMs: number): Promise<FuzzReport> {
  await using server = await startScratchServer(env);
  const random = createSeededRandom(seed);
  const healthy = await Promise.all(Array.from({ length: HEALTHY }, (_, at) => HealthyClient.open(server, `Healthy ${at}`)));
  const untilMs = performance.now() + durationMs;
  const report = { connections: 0, frames: 0 };
  try {
    while (performance.now() < untilMs) {
      const sent = await Promise.all(
        Array.from({ length: AT_ONCE }, () => attack(server, createSeededRandom(random.int(2 ** 31)))),
      );
      report.connections += sent.length;
      report.frames += sent.reduce((sum, frames) => sum + frames, 0);
      const [failure] = FAILURE.exec(server.output()) ?? [];
      if (failure !== undefined) throw new Error(`the server said: ${failure.slice(0, 2_000)}`);
      for (const client of healthy) client.check();
    }
    await checkSessions(server, healthy);
  } catch (error) {
    throw new Error(`seed ${seed}, after ${report.frames} frames: ${(error as Error).message}\n${server.output().slice(-2_000)}`);
  } finally {
    for (const client of healthy) client.socket.terminate();
  }
  return report;
}

async function checkSessions(server: ScratchServer, healthy: readonly HealthyClient[]): Promise<void> {
  await Promise.all(healthy.map((client) => client.talk()));
  const answer = await fetch(`${server.http}/api/sessions?search=Healthy`);
  const { sessions } = (await answer.json()) as { readonly sessions: readonly { user: string; state: string; misses: number }[] };
  const unharmed = sessions.filter(({ state, misses }) => state === "active" && misses === 0);
  if (unharmed.length !== healthy.length) throw new Error(`healthy sessions were harmed: ${JSON.stringify(sessions)}`);
}

/** One connection's worth of hostile frames, sent as fast as they go or one by one. @returns how many. */
async function attack(server: ScratchServer, random: SeededRandom): Promise<number> {
  const dialect: Dialect = random.pick(["trpc", "json"]);
  const socket = new WebSocket(`${server.ws}${dialect === "trpc" ? "/trpc" : "/ws/new"}`);
  socket.on("error", () => {});
  await Promise.race([once(socket, "open"), once(socket, "close")]);
  if (random.chance(0.7)) sayHello(socket, dialect);
  const count = random.int(40);
  let sent = 0;
  for (; sent < count && socket.readyState === WebSocket.OPEN; sent += 1) {
    sendHostile(socket, dialect, random);
    if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  }
  await pause(random.int(30));
  leave(socket, random);
  return sent;
}

function sayHello(socket: WebSocket, dialect: Dialect): void {
  const hello = { name: "Fuzz", room: "fuzz" };
  const frame = dialect === "trpc" ? { method: "connectionParams", data: hello } : { type: "hello", ...hello };
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function sendHostile(socket: WebSocket, dialect: Dialect, random: SeededRandom): void {
  const { data, opcode } = hostileFrame(dialect, random);
  if (opcode === "ping") socket.ping(data);
  else if (opcode === "pong") socket.pong(data);
  else if (opcode === "bytes") (socket as unknown as { readonly _socket: NodeJS.WritableStream })._socket.write(data);
  else socket.send(data, { binary: opcode === "binary", fin: true });
}

function leave(socket: WebSocket, random: SeededRandom): void {
  if (socket.readyState !== WebSocket.OPEN || random.chance(0.5)) return socket.terminate();
  socket.close(random.pick([1000, 1001, 1008, 3000, 4501, 4999]), "x".repeat(random.int(100)));
  setTimeout(() => socket.terminate(), 200).unref();
}

class HealthyClient {
  readonly socket: WebSocket;
  readonly #name: string;
  readonly #asked = new Map<number, PromiseWithResolvers<void>>();
  #closed: string | null = null;

  private constructor(socket: WebSocket, name: string) {
    this.socket = socket;
    this.#name = name;
    socket.on("message", (data) => this.#take(JSON.parse(String(data)) as { readonly type: string; readonly ref?: number }));
    socket.on("close", (code, reason) => {
      this.#closed = `${code} ${reason}`;
    });
    socket.on("error", () => {});
  }

  static async open({ ws }: ScratchServer, name: string): Promise<HealthyClient> {
    const socket = new WebSocket(`${ws}/ws/new`);
    const client = new HealthyClient(socket, name);
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "hello", name, room: "healthy" }));
    await client.talk();
    return client;
  }

  /** Asks for something and waits for the answer. */
  async talk(): Promise<void> {
    const ref = this.#asked.size + 1;
    const answer = Promise.withResolvers<void>();
    this.#asked.set(ref, answer);
    this.socket.send(JSON.stringify({ type: "chat.history", room: "healthy", ref }));
    await Promise.race([answer.promise, pause(10_000).then(() => Promise.reject(new Error(`${this.#name} got no answer`)))]);
  }

  check(): void {
    if (this.#closed !== null) throw new Error(`${this.#name} was closed: ${this.#closed}`);
  }

  #take({ type, ref }: { readonly type: string; readonly ref?: number }): void {
    if (type === "heartbeat") this.socket.send('{"type":"pong"}');
    if (type === "chat.history" && ref !== undefined) this.#asked.get(ref)?.resolve();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
