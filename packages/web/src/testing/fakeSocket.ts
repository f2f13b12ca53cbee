/** A WebSocket with the test as the server. Installed with `vi.stubGlobal("WebSocket", FakeSocket)`. */
export class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static made: FakeSocket[] = [];

  readonly OPEN = 1;
  readonly url: string;
  readonly sent: string[] = [];
  binaryType = "blob";
  readyState = FakeSocket.CONNECTING;

  constructor(url: string) {
    super();
    this.url = url;
    FakeSocket.made.push(this);
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    if (this.readyState < FakeSocket.CLOSING) this.readyState = FakeSocket.CLOSING;
  }

  opens(): void {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  receives(data: unknown): void {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    this.dispatchEvent(new MessageEvent("message", { data: text }));
  }

  closes(code: number, reason = ""): void {
    this.readyState = FakeSocket.CLOSED;
    this.dispatchEvent(new CloseEvent("close", { code, reason }));
  }

  fails(): void {
    this.readyState = FakeSocket.CLOSED;
    this.dispatchEvent(new Event("error"));
    this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }

  /** The tRPC calls sent so far, with batches split up. */
  calls(): {
    readonly id: number;
    readonly method: string;
    readonly params: { readonly path: string; readonly input: unknown };
  }[] {
    return this.sent.filter((text) => text !== "PING" && text !== "PONG").flatMap((text) => JSON.parse(text));
  }

  /** Answers the latest call to a procedure. */
  answers(path: string, data: unknown): void {
    const call = this.calls().findLast(({ params }) => params?.path === path);
    if (call === undefined) throw new Error(`${path} was not called`);
    this.receives({ id: call.id, result: { type: "data", data } });
  }
}
