/** The client in C (`client.c`), in Node: for machines without a compiler. It speaks WebSocket dialects only. */
import { createInterface } from "node:readline";
import { WebSocket } from "ws";

interface NodeDialect {
  readonly hello: readonly string[];
  isReady(text: string): boolean;
  /** The answer to a heartbeat; `null` for what is none. */
  answer(text: string): string | null;
  readonly beat: string | null;
}

const none = () => null;
const trpcAnswer = (text: string) => (text === "PING" ? "PONG" : null);
const hasWelcome = (text: string) => text.includes('"welcome"');
const hasStarted = (text: string) => text.includes('"started"');
const subscription = (path: string, id = 1) => `{"id":${id},"jsonrpc":"2.0","method":"subscription","params":{"path":"${path}"}}`;
const params = (more: string) => `{"method":"connectionParams","data":{"name":"bench"${more}}}`;
const driven = ',"beats":"client"';
const jsonAnswer = (text: string) => (text === '{"type":"heartbeat"}' ? '{"type":"pong"}' : null);

const dialects: Readonly<Record<string, NodeDialect>> = {
  bare: { hello: [], isReady: () => true, answer: none, beat: null },
  "socket.io": {
    hello: [],
    isReady: (text) => text.startsWith("40"),
    answer: (text) => (text === "2" ? "3" : null),
    beat: null,
  },
  trpc: { hello: [subscription("events")], isReady: hasStarted, answer: trpcAnswer, beat: null },
  "lastbeat-trpc": { hello: [params(""), subscription("session.events")], isReady: hasWelcome, answer: trpcAnswer, beat: null },
  "lastbeat-trpc-driven": {
    hello: [params(driven), subscription("session.events")],
    isReady: hasWelcome,
    answer: trpcAnswer,
    beat: "PONG",
  },
  "lastbeat-trpc-open": {
    hello: [
      '{"id":1,"jsonrpc":"2.0","method":"mutation","params":{"path":"session.open","input":{"name":"bench"}}}',
      subscription("session.events", 2),
    ],
    isReady: hasStarted,
    answer: trpcAnswer,
    beat: null,
  },
  "lastbeat-json": { hello: ['{"type":"hello","name":"bench"}'], isReady: hasWelcome, answer: jsonAnswer, beat: null },
  "lastbeat-json-driven": {
    hello: [`{"type":"hello","name":"bench"${driven}}`],
    isReady: hasWelcome,
    answer: jsonAnswer,
    beat: '{"type":"pong"}',
  },
  core: { hello: [], isReady: hasWelcome, answer: trpcAnswer, beat: null },
};

const [port = "", name = "", path = "/"] = process.argv.slice(2);
const dialect = dialects[name];
if (dialect === undefined) throw new Error(`only the client in C speaks ${name}: install a C compiler`);

class NodeSession {
  readonly #webSocket: WebSocket;
  readonly #dialect: NodeDialect;
  isReady = false;
  isMuted = false;
  isOver = false;
  spokeMs = 0;

  constructor(spoken: NodeDialect) {
    this.#dialect = spoken;
    this.#webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false, autoPong: false });
    this.#webSocket.on("open", () => {
      for (const text of spoken.hello) this.#webSocket.send(text);
      if (name === "bare") this.#ready();
    });
    this.#webSocket.on("message", (data) => this.#message(String(data)));
    this.#webSocket.on("ping", (data: Buffer) => this.#beat(() => this.#webSocket.pong(data)));
    this.#webSocket.on("error", () => this.#ended());
    this.#webSocket.on("close", () => this.#ended());
  }

  drive(): void {
    const { beat } = this.#dialect;
    if (beat !== null && this.isReady && !this.isOver) this.#beat(() => this.#webSocket.send(beat));
  }

  vanish(): void {
    this.isOver = true;
    this.#webSocket.terminate();
  }

  #message(text: string): void {
    counts.frames += 1;
    counts.bytes += text.length;
    if (name === "socket.io" && text.startsWith("0")) this.#webSocket.send("40");
    const answer = this.#dialect.answer(text);
    if (answer !== null) this.#beat(() => this.#webSocket.send(answer));
    else if (!this.isReady && this.#dialect.isReady(text)) this.#ready();
  }

  #beat(send: () => void): void {
    if (this.isMuted) return;
    this.spokeMs = performance.now();
    counts.beats += 1;
    send();
  }

  #ready(): void {
    this.isReady = true;
    this.spokeMs = performance.now();
    opening.opened += 1;
    proceed(-1);
  }

  #ended(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.isReady) {
      opening.failed += 1;
      proceed(-1);
    } else if (this.isMuted) silences.push(performance.now() - this.spokeMs);
    else counts.lost += 1;
  }
}

let sessions: NodeSession[] = [];
let silences: number[] = [];
let driver: NodeJS.Timeout | undefined;
const counts = { lost: 0, beats: 0, frames: 0, bytes: 0 };
const opening = { waiting: 0, underWay: 0, window: 1, opened: 0, failed: 0, sinceMs: 0 };

function tell(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function proceed(change: number): void {
  opening.underWay += change;
  while (opening.waiting > 0 && opening.underWay < opening.window) {
    opening.waiting -= 1;
    opening.underWay += 1;
    sessions.push(new NodeSession(dialect as NodeDialect));
  }
  if (change < 0 && opening.waiting === 0 && opening.underWay === 0)
    tell({ opened: opening.opened, failed: opening.failed, ms: performance.now() - opening.sinceMs });
}

function report() {
  const found = silences.sort((a, b) => a - b).map(Math.round);
  const silenceMs = found.length === 0 ? undefined : [found[0], found[found.length >> 1], found.at(-1)];
  return { live: sessions.filter(({ isReady, isOver }) => isReady && !isOver).length, ...counts, found: found.length, silenceMs };
}

function drive(intervalMs: number): void {
  driver = setInterval(() => {
    const now = performance.now();
    for (const session of sessions) if (now - session.spokeMs >= intervalMs) session.drive();
  }, 20);
}

function vanish(): number {
  clearInterval(driver);
  const count = sessions.filter(({ isOver }) => !isOver).length;
  for (const session of sessions) session.vanish();
  sessions = [];
  silences = [];
  counts.lost = 0;
  return count;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const [command, count = 0, window = 1] = line.split(" ").map((word, at) => (at === 0 ? word : Number(word))) as [
    string,
    number?,
    number?,
  ];
  switch (command) {
    case "open":
      Object.assign(opening, { waiting: count, window, opened: 0, failed: 0, sinceMs: performance.now() });
      return proceed(0);
    case "mute":
      for (const session of sessions.slice(0, count)) session.isMuted = true;
      return tell({ muted: count });
    case "drive":
      drive(count);
      return tell({ driving: sessions.length });
    case "report":
      return tell(report());
    case "vanish":
      return tell({ vanished: vanish() });
    default:
      process.exit(0);
  }
});
