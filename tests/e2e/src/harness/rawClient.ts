/** A WebSocket client that says exactly what it is told to, wrong things included. */
import { once } from "node:events";
import { within } from "@lastbeat/support/eventually";
import { WebSocket } from "ws";

const PATIENCE_MS = 15_000;

export interface Close {
  readonly code: number;
  /** From the open socket to its close. */
  readonly afterMs: number;
}

export class RawClient implements Disposable {
  readonly #socket: WebSocket;
  readonly #closed: Promise<Close>;

  private constructor(socket: WebSocket) {
    const openedMs = performance.now();
    this.#socket = socket;
    this.#closed = new Promise((resolve) => {
      socket.once("close", (code) => resolve({ code, afterMs: performance.now() - openedMs }));
    });
    // The close tells what there is to tell.
    socket.on("error", () => {});
  }

  static async connect(url: string): Promise<RawClient> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new RawClient(socket);
  }

  /** Says hello on the JSON socket. @returns the client and its session's id. */
  static async hello(wsUrl: string, name: string): Promise<{ client: RawClient; sessionId: string }> {
    const client = await RawClient.connect(`${wsUrl}/ws/new`);
    const answer = once(client.#socket, "message") as Promise<[Buffer]>;
    client.send(JSON.stringify({ type: "hello", name }));
    const [welcome] = await answer;
    const { sessionId } = JSON.parse(welcome.toString()) as { readonly sessionId: string };
    return { client, sessionId };
  }

  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Puts bytes on the wire as they are, without making a frame of them. */
  sendBytes(bytes: Buffer): void {
    (this.#socket as unknown as { readonly _socket: NodeJS.WritableStream })._socket.write(bytes);
  }

  closed(): Promise<Close> {
    return within(this.#closed, PATIENCE_MS, "the close");
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

/** The status with which an upgrade is refused. */
export async function refusedStatus(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers });
  // Giving up a socket that never opened is an error to `ws`.
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { readonly statusCode: number }];
  socket.terminate();
  return response.statusCode;
}
