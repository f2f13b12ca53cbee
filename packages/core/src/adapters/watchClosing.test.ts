import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { type ClosingWatcher, closeUnwatched, unwatchClosing, watchClosing } from "./watchClosing.ts";

/** As a WebSocket of `ws` is, as far as it matters here. */
class FakeWebSocket extends EventEmitter {
  _closeFrameReceived = false;
  readonly _socket = new EventEmitter();
  readonly closes: unknown[][] = [];

  close(...values: unknown[]): void {
    this.closes.push(values);
  }
}

function watcher(): ClosingWatcher & { readonly told: unknown[][] } {
  const told: unknown[][] = [];
  return {
    told,
    closing: (...values) => told.push(["closing", ...values]),
    closedHere: (code) => told.push(["closedHere", code]),
  };
}

it("SOC2 every watcher is told of a close frame, of a close by this side and of the end of the stream", () => {
  const webSocket = new FakeWebSocket();
  const [one, two] = [watcher(), watcher()];
  watchClosing(webSocket, one);
  watchClosing(webSocket, two);
  webSocket.close(4321, "enough");
  webSocket._closeFrameReceived = true;
  webSocket.close();
  webSocket._socket.emit("end");
  const told = [
    ["closedHere", 4321],
    ["closing", 1005, ""],
    ["closing", 1006, ""],
  ];
  expect([one.told, two.told]).toEqual([told, told]);
  expect(webSocket.closes).toEqual([
    [4321, "enough"],
    [undefined, undefined],
  ]);
});

it("SOC2 who closes is not told, and a watcher that goes while it is told costs the others nothing", () => {
  const webSocket = new FakeWebSocket();
  const [one, two, three] = [watcher(), watcher(), watcher()];
  const going: ClosingWatcher = { ...two, closedHere: () => unwatchClosing(webSocket, going) };
  for (const each of [one, going, three]) watchClosing(webSocket, each);
  closeUnwatched(webSocket, one, 1000, "");
  closeUnwatched(webSocket, one, 1000, "");
  expect([one.told, three.told]).toEqual([
    [],
    [
      ["closedHere", 1000],
      ["closedHere", 1000],
    ],
  ]);
});

it("SES7 nobody hears anything after the watching, and the stream keeps no listener", () => {
  const webSocket = new FakeWebSocket();
  const one = watcher();
  watchClosing(webSocket, one);
  unwatchClosing(webSocket, one);
  unwatchClosing(webSocket, one);
  expect(webSocket._socket.listenerCount("end")).toBe(0);
  webSocket.close(1000);
  watchClosing(webSocket, one);
  webSocket.close(1001);
  expect(one.told).toEqual([["closedHere", 1001]]);
  expect(webSocket.closes).toEqual([
    [1000, undefined],
    [1001, undefined],
  ]);
});

it("SOC2 a close that others wrapped before is called still", () => {
  const webSocket = new FakeWebSocket();
  const wrapped: unknown[] = [];
  webSocket.close = (...values) => {
    wrapped.push(values);
  };
  const one = watcher();
  watchClosing(webSocket, one);
  webSocket.close(1000, "bye");
  expect([wrapped, one.told]).toEqual([[[1000, "bye"]], [["closedHere", 1000]]]);
});

it("SOC2 a WebSocket of another library is left as it is", () => {
  const close = (): void => {};
  const webSocket = Object.assign(new EventEmitter(), { close });
  const stream = new EventEmitter();
  const one = watcher();
  watchClosing(webSocket, one, stream);
  expect(webSocket.close).toBe(close);
  stream.emit("end");
  expect(one.told).toEqual([["closing", 1006, ""]]);
  unwatchClosing(webSocket, one, stream);
  expect(stream.listenerCount("end")).toBe(0);
});
