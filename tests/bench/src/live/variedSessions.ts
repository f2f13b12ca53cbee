/** Many sessions with realistic names, rooms, addresses and clients. */
import type { SessionKeeper } from "@lastbeat/core";
import { BenchClients, BenchSocket } from "../core/clients.ts";

const BATCH = 500;
const agents = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
];

/** Opens sessions whose clients answer every heartbeat; resolves when all are durable. */
export async function openVariedSessions(keeper: SessionKeeper, count: number): Promise<void> {
  const clients = new BenchClients();
  clients.onAnswer = (socket) => socket.connection?.received(4);
  clients.start();
  for (let at = 0; at < count; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - at) }, (_, more) => open(keeper, clients, at + more));
    await Promise.all(batch);
  }
}

async function open(keeper: SessionKeeper, clients: BenchClients, at: number): Promise<void> {
  const socket = new BenchSocket(clients);
  const address = `10.${at % 7}.${at % 250}.${(at * 7) % 250}`;
  const connection = keeper.accept(socket, { address, client: agents[at % agents.length] ?? "", transport: "trpc" });
  if (connection === null) throw new Error("a connection was refused");
  socket.connection = connection;
  const { accepted } = await connection.hello({ user: `user ${(at * 7_919) % count(at)}`, room: `room ${at % 300}` });
  if (!accepted) throw new Error("a session was refused");
}

/** Names are unordered, and some are repeated. */
const count = (at: number) => 45_000 + (at % 2);
