/** Sessions of a running keeper with in-process clients that answer every heartbeat; allows more than the limit on sockets. */
import type { SessionKeeper } from "@lastbeat/core";
import { BenchClients, BenchSocket } from "../core/clients.ts";

const BATCH = 500;

/** Opens sessions; resolves when all are durable. */
export async function openSessions(keeper: SessionKeeper, count: number): Promise<void> {
  const clients = new BenchClients();
  clients.onAnswer = (socket) => socket.connection?.received(4);
  clients.start();
  for (let at = 0; at < count; at += BATCH)
    await Promise.all(Array.from({ length: Math.min(BATCH, count - at) }, () => open(keeper, new BenchSocket(clients))));
}

async function open(keeper: SessionKeeper, socket: BenchSocket): Promise<void> {
  const connection = keeper.accept(socket, { address: "127.0.0.1", client: "bench", transport: "bench" });
  if (connection === null) throw new Error("a connection was refused");
  socket.connection = connection;
  const { accepted } = await connection.hello({ user: "ada" });
  if (!accepted) throw new Error("a session was refused");
}
