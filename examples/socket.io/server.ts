/** An echo over Socket.IO whose every session ends within a bound, for a reason. */
import { createServer } from "node:http";
import { createSessionKeeper } from "@lastbeat/core";
import { keepSocketIo } from "@lastbeat/core/socket.io";
import { Server } from "socket.io";

const keeper = createSessionKeeper({
  settings: { heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000, resumeGraceMs: 60_000 },
});
keeper.on("opened", ({ session }) => {
  console.log(`opened ${session.id} of ${session.user}`);
  session.own("a desk", { [Symbol.dispose]: () => console.log(`released the desk of ${session.user}`) });
});
keeper.on("ended", ({ end }) => console.log(`ended ${end.sessionId}: ${end.reason}`));

const http = createServer();
const server = new Server(http, { maxHttpBufferSize: 65_536 });
server.on("connection", async (socket) => {
  const kept = keepSocketIo(keeper, socket, { user: String(socket.handshake.auth.user ?? "guest") });
  socket.on("say", async (text: unknown) => {
    (await kept)?.touch();
    socket.emit("said", `echo: ${text}`);
  });
});
http.listen(Number(process.env.PORT ?? 8080), () => console.log("listening on", http.address()));

process.once("SIGTERM", async () => {
  await keeper.close();
  await server.close();
});
