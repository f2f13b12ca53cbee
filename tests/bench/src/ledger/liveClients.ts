/**
 * Clients over real sockets, in their own process: `node liveClients.ts <address> <count>`. Each sends a hello and answers every
 * heartbeat. Prints a line when all have their sessions, and exits when its input ends.
 */
import { once } from "node:events";
import { WebSocket } from "ws";

const AT_ONCE = 50;
const HEARTBEAT = '{"type":"heartbeat"}';
const PONG = '{"type":"pong"}';

const [url = "", wanted = "0"] = process.argv.slice(2);
const count = Number(wanted);

async function connect(at: number): Promise<void> {
  const socket = new WebSocket(`${url}/ws/new`, { perMessageDeflate: false });
  const welcomed = Promise.withResolvers<void>();
  socket.on("message", (data) => {
    const frame = String(data);
    if (frame === HEARTBEAT) socket.send(PONG);
    else if (frame.startsWith('{"type":"welcome"')) welcomed.resolve();
  });
  socket.on("close", (code) => welcomed.reject(new Error(`a client was closed with ${code}`)));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "hello", name: `user${at}` }));
  await welcomed.promise;
}

for (let at = 0; at < count; at += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, more) => connect(at + more)));
process.stdout.write("connected\n");
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));
