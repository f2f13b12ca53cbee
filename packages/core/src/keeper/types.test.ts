import { expect, expectTypeOf, it } from "vitest";
import { createSessionKeeper } from "./keeper.ts";
import type { KeeperEvents, Session } from "./types.ts";

interface Cart {
  readonly cart: string[];
}

/** The names of the events that carry a session. */
type SessionEvent<Data> = {
  [E in keyof KeeperEvents<Data>]: KeeperEvents<Data>[E] extends { readonly session: unknown } ? E : never;
}[keyof KeeperEvents<Data>];

it("EMB2 every event that carries a session has the application's type of data on it", async () => {
  type Names = "opened" | "attached" | "suspect" | "refuted" | "suspended" | "ending" | "ended";
  expectTypeOf<SessionEvent<Cart>>().toEqualTypeOf<Names>();
  expectTypeOf<KeeperEvents<Cart>["opened"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["attached"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["suspect"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["refuted"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["suspended"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["ending"]["session"]>().toEqualTypeOf<Session<Cart>>();
  expectTypeOf<KeeperEvents<Cart>["ended"]["session"]>().toEqualTypeOf<Session<Cart>>();

  const keeper = createSessionKeeper<Cart>();
  const carts: string[][] = [];
  keeper.on("opened", ({ session }) => carts.push(session.data.cart));
  const ignore = () => {};
  const socket = { heartbeat: ignore, ping: ignore, notify: ignore, close: ignore, terminate: ignore, bufferedBytes: 0 };
  const connection = keeper.accept(socket, { address: "192.0.2.1", client: "test", transport: "fake" });
  await connection?.hello({ user: "ada", data: { cart: ["tea"] } });
  expect(carts).toEqual([["tea"]]);
  await keeper.close();
});
