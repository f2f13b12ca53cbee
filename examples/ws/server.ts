/** An echo over WebSockets whose every session ends within a bound, for a reason. */
import { createSessionKeeper } from "@lastbeat/core";
import { beatsFromUrl, keepWebSocket, resumeFromUrl } from "@lastbeat/core/ws";
import { WebSocketServer } from "ws";

interface Desk {
  messages: number;
}

const keeper = createSessionKeeper<Desk>({
  settings: { heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000, resumeGraceMs: 60_000 },
});
keeper.on("opened", ({ session }) => {
  console.log(`opened ${session.id} of ${session.user}`);
  session.own("a desk", { [Symbol.dispose]: () => console.log(`released the desk of ${session.user}`) });
});
keeper.on("ended", ({ session, end }) => console.log(`ended ${end.sessionId}: ${end.reason}, ${session.data.messages} messages`));

const server = new WebSocketServer({ port: Number(process.env.PORT ?? 8080), maxPayload: 65_536 });
server.on("listening", () => console.log("listening on", server.address()));
server.on("connection", async (socket, request) => {
  await keepWebSocket(keeper, socket, {
    // Where users sign in, their cookie says who they are.
    user: new URL(request.url ?? "/", "http://localhost").searchParams.get("user") ?? "guest",
    data: { messages: 0 },
    resume: resumeFromUrl(request.url),
    beats: beatsFromUrl(request.url),
    address: request.socket.remoteAddress,
    onMessage(message, session) {
      session.touch();
      session.data.messages += 1;
      socket.send(`echo: ${message}`);
    },
  });
});

process.once("SIGTERM", async () => {
  await keeper.close();
  server.close();
});
