/**
 * Sessions over the plain JSON WebSocket, with the few lines that any client of it needs. Called with the server's WebSocket
 * address and the sessions' names, `name@room` for one in a room; prints each session's id, and leaves when its input ends.
 */
const [url = "", ...names] = process.argv.slice(2);

const sockets = names.map((named) => {
  const [name, room] = named.split("@");
  const socket = new WebSocket(url);
  const send = (frame: Record<string, unknown>) => socket.send(JSON.stringify(frame));
  socket.addEventListener("open", () => send({ type: "hello", name, room }));
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as { readonly type: string; readonly sessionId?: string };
    if (frame.type === "heartbeat") send({ type: "pong" });
    if (frame.type === "welcome") process.stdout.write(`${frame.sessionId}\n`);
  });
  return socket;
});

process.stdin.resume();
process.stdin.on("end", () => {
  for (const socket of sockets) socket.close(1000);
});
