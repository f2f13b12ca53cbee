import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { AddressCap } from "./addressCap.ts";

/** A server whose connections seem to come from these addresses, one after another. */
class Door implements AsyncDisposable {
  readonly refused: string[] = [];
  readonly cap: AddressCap;
  most = 2;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  #from = "";

  private constructor() {
    this.#server = createServer();
    this.#server.on("connection", (socket) => Object.defineProperty(socket, "remoteAddress", { value: this.#from }));
    this.cap = new AddressCap({
      most: () => this.most,
      isTrusted: (address) => address === "10.0.0.1",
      onRefused: (address) => this.refused.push(address),
    });
    this.cap.watch(this.#server);
  }

  static async open(): Promise<Door> {
    const door = new Door();
    door.#server.listen(0, "127.0.0.1");
    await once(door.#server, "listening");
    return door;
  }

  async connect(from: string): Promise<Socket> {
    this.#from = from;
    const accepted = once(this.#server, "connection");
    const socket = connect((this.#server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    this.#sockets.push(socket);
    await accepted;
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

test("SEC2 one address has so many connections at a time, and a place is free again when one closes", async () => {
  await using door = await Door.open();
  const first = await door.connect("192.0.2.7");
  await door.connect("::ffff:192.0.2.7");
  const third = await door.connect("192.0.2.7");
  await eventually(() => expect(third.destroyed).toBe(true));
  await door.connect("192.0.2.8");
  expect(door.refused).toEqual(["192.0.2.7"]);
  first.destroy();
  await eventually(async () => {
    const before = door.refused.length;
    await door.connect("192.0.2.7");
    expect(door.refused.length).toBe(before);
  });
});

test("SEC2 not for the machine itself nor for a trusted proxy, and a limit of 0 is none", async () => {
  await using door = await Door.open();
  for (const address of ["127.0.0.1", "10.0.0.1"]) for (let count = 0; count < 5; count += 1) await door.connect(address);
  door.most = 0;
  for (let count = 0; count < 5; count += 1) await door.connect("192.0.2.7");
  expect(door.refused).toEqual([]);
});

test("SEC2 keeps nothing about an address without connections", async () => {
  await using door = await Door.open();
  const sockets = [await door.connect("192.0.2.7"), await door.connect("2001:db8::1")];
  expect(door.cap.size).toBe(2);
  for (const socket of sockets) socket.destroy();
  await eventually(() => expect(door.cap.size).toBe(0));
});
