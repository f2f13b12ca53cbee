/**
 * Looks into a server process through Node's own inspector, which `--inspect` opens: so the server needs no door that only tests use, and
 * what is measured is the process as it runs.
 */
import { once } from "node:events";
import { WebSocket } from "ws";

export interface Inside {
  /** Of the main thread, after a full collection. */
  readonly heapBytes: number;
  /** What keeps the event loop busy, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Event emitters that are alive, and listeners on all of them. */
  readonly emitters: number;
  readonly listeners: number;
}

/** Evaluated in the server. */
const figures = `JSON.stringify({
  heapBytes: process.memoryUsage().heapUsed,
  resources: Object.fromEntries(Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind)).map(([kind, all]) => [kind, all.length])),
})`;

/** The prototype that every emitter has, found from the one that is in reach. */
const emitterPrototype = `(() => {
  let prototype = process;
  while (!Object.hasOwn(prototype, "emit")) prototype = Object.getPrototypeOf(prototype);
  return prototype;
})()`;

/** Called in the server with all its emitters. */
const countListeners = `function () {
  const count = (emitter) => Object.values(emitter._events ?? {}).reduce((sum, one) => sum + (Array.isArray(one) ? one.length : one === undefined ? 0 : 1), 0);
  return JSON.stringify({ emitters: this.length, listeners: this.reduce((sum, emitter) => sum + count(emitter), 0) });
}`;

interface Remote {
  readonly result: { readonly objectId: string; readonly value: string };
}

export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const { id, result } = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
      if (id === undefined) return;
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  /** @param output what the server printed: its inspector says where it is. */
  static async attach(output: string): Promise<Inspector> {
    const [, url] = /Debugger listening on (ws:\S+)/.exec(output) ?? [];
    if (url === undefined) throw new Error(`the server has no inspector:\n${output}`);
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Inspector(socket);
  }

  async look(): Promise<Inside> {
    // Twice: what finalizers let go in the first round goes in the second.
    for (let round = 0; round < 2; round += 1) await this.#call("HeapProfiler.collectGarbage");
    const { heapBytes, resources } = JSON.parse((await this.#evaluate(figures)).result.value) as Pick<
      Inside,
      "heapBytes" | "resources"
    >;
    const { objectId } = (await this.#evaluate(emitterPrototype)).result;
    const { objects } = (await this.#call("Runtime.queryObjects", { prototypeObjectId: objectId, objectGroup: "look" })) as {
      readonly objects: { readonly objectId: string };
    };
    const called = { objectId: objects.objectId, functionDeclaration: countListeners, returnByValue: true };
    const counts = (await this.#call("Runtime.callFunctionOn", called)) as Remote;
    await this.#call("Runtime.releaseObjectGroup", { objectGroup: "look" });
    return { heapBytes, resources, ...(JSON.parse(counts.result.value) as Pick<Inside, "emitters" | "listeners">) };
  }

  #evaluate(expression: string): Promise<Remote> {
    return this.#call("Runtime.evaluate", { expression, objectGroup: "look" }) as Promise<Remote>;
  }

  #call(method: string, params: object = {}): Promise<unknown> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
