/** Visits of a server, one for each way in which a session can end. */
import { once } from "node:events";
import type { EndReason } from "@lastbeat/core";
import { within } from "@lastbeat/support/eventually";
import { WebSocket } from "ws";

/** Longer than any visit lasts, also on a loaded machine. */
const VISIT_MS = 120_000;

export interface Place {
  readonly ws: string;
  readonly http: string;
  /** May end sessions. */
  readonly token: string;
}

type Frame = Readonly<Record<string, unknown>>;

/** A client over JSON that answers heartbeats while it is well. */
class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<unknown>;
  #isFrozen = false;
  readonly #waiting = new Map<string, (frame: Frame) => void>();

  constructor({ ws }: Place) {
    this.socket = new WebSocket(`${ws}/ws/new`);
    this.socket.on("error", () => {});
    this.closed = once(this.socket, "close");
    this.socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === "heartbeat" && !this.#isFrozen) this.send({ type: "pong" });
      this.#waiting.get(String(frame.type))?.(frame);
    });
  }

  /** Answers no heartbeat from now on. */
  freeze(): void {
    this.#isFrozen = true;
  }

  async open(): Promise<this> {
    await once(this.socket, "open");
    return this;
  }

  send(frame: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  async hello(more: object = {}): Promise<Frame> {
    const welcome = new Promise<Frame>((resolve) => this.#waiting.set("welcome", resolve));
    this.send({ type: "hello", name: "Soaked", room: "general", ...more });
    const over = this.closed.then(() => {
      throw new Error("the server closed the connection before the welcome");
    });
    return Promise.race([welcome, over]);
  }
}

/** Does what ends the session. Returns once the connection is over, or cannot be told of it. */
type Leave = (client: Client, place: Place, welcome: Frame) => unknown;

async function take(client: Client, place: Place, { sessionId, resumeToken }: Frame): Promise<void> {
  const second = await new Client(place).open();
  await second.hello({ resume: { sessionId, token: resumeToken } });
  await client.closed;
  second.socket.close(1_000);
  await second.closed;
}

async function endByOperator(_: Client, { http, token }: Place, { sessionId }: Frame): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, connection: "close" };
  const { status } = await fetch(`${http}/api/sessions/${sessionId}`, { method: "DELETE", headers });
  if (status !== 200) throw new Error(`ending a session was answered ${status}`);
}

const kinds: readonly { readonly reason: EndReason; readonly leave: Leave }[] = [
  { reason: "client_left", leave: ({ socket }) => socket.close(1_000) },
  { reason: "client_left", leave: (client) => client.send({ type: "goodbye" }) },
  { reason: "connection_lost", leave: ({ socket }) => socket.terminate() },
  { reason: "protocol_error", leave: ({ socket }) => socket.send("this is not JSON") },
  // Answers pings, as a frozen page's browser does, but no heartbeat.
  { reason: "unresponsive", leave: (client) => client.freeze() },
  // Reads nothing: the connection is as good as cut.
  { reason: "unreachable", leave: ({ socket }) => socket.pause() },
  { reason: "idle", leave: () => {} },
  { reason: "client_left", leave: take },
  { reason: "ended_by_operator", leave: endByOperator },
];

export const reasons: readonly EndReason[] = [...new Set(kinds.map(({ reason }) => reason))];

/** One visit, which leaves in the `at`-th way. A few never say hello. */
export async function visit(at: number, place: Place): Promise<void> {
  const client = await new Client(place).open();
  try {
    const kind = kinds[at % (kinds.length + 1)];
    // Without a hello there is no session: the server closes the connection.
    if (kind === undefined) {
      await within(client.closed, VISIT_MS, "a visit without hello");
      return;
    }
    const welcome = await client.hello();
    client.send({ type: "chat.send", id: crypto.randomUUID(), text: `message ${at}` });
    await kind.leave(client, place, welcome);
    // What reads nothing is not told either: it waits for its heartbeats to be missed.
    if (kind.reason === "unreachable") await new Promise((resolve) => setTimeout(resolve, 3_000));
    else await within(client.closed, VISIT_MS, `a visit to end as ${kind.reason}`);
  } finally {
    client.socket.terminate();
  }
}
