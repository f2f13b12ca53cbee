/** Live sessions of a real keeper over a real store, whose clients answer every heartbeat from within the process. */
import { type Connection, createSessionKeeper, type SessionKeeper } from "@lastbeat/core";
import type { Store } from "../../../../apps/api/src/store/store.ts";
import { BenchClients, BenchSocket } from "../core/clients.ts";

interface Linked extends BenchSocket {
  connection?: Connection;
}

export interface Population {
  readonly keeper: SessionKeeper;
  /** Opens sessions; resolves when all of them are durable. */
  open(count: number): Promise<void>;
  beats(): number;
}

const BATCH = 500;

export function createPopulation(store: Store): Population {
  const clients = new BenchClients();
  const settings = { maxSessions: 100_000, maxOpening: 100_000, heartbeatIntervalMs: 5_000, heartbeatPongTimeoutMs: 3_000 };
  const keeper = createSessionKeeper({ ledger: store.ledger, settings: { ...settings, sessionTimeoutMs: 86_400_000 } });
  clients.onAnswer = (socket) => (socket as Linked).connection?.received(4);
  clients.start();

  async function one(): Promise<void> {
    const socket: Linked = new BenchSocket(clients);
    const connection = keeper.accept(socket, { address: "192.0.2.1", client: "bench", transport: "bench" });
    if (connection === null) throw new Error("a connection was refused");
    socket.connection = connection;
    const { accepted } = await connection.hello({ user: "ada" });
    if (!accepted) throw new Error("a session was refused");
  }

  return {
    keeper,
    async open(count) {
      for (let at = 0; at < count; at += BATCH) await Promise.all(Array.from({ length: Math.min(BATCH, count - at) }, one));
    },
    beats: () => clients.beats,
  };
}
