/** An echo over TCP, in lines of JSON, whose every session ends within a bound, for a reason. */
import { createServer } from "node:net";
import { createSessionKeeper } from "@lastbeat/core";
import { keepTcpSocket } from "@lastbeat/core/tcp";

const keeper = createSessionKeeper({
  settings: { heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000, resumeGraceMs: 60_000 },
});
keeper.on("opened", ({ session }) => {
  console.log(`opened ${session.id} of ${session.user}`);
  session.own("a desk", { [Symbol.dispose]: () => console.log(`released the desk of ${session.user}`) });
});
keeper.on("ended", ({ end }) => console.log(`ended ${end.sessionId}: ${end.reason}`));

const server = createServer(async (socket) => {
  await keepTcpSocket(keeper, socket, {
    // Where devices have keys, theirs says who they are.
    identify: ({ user }) => (typeof user === "string" ? { user } : null),
    onMessage({ text }, session) {
      session.touch();
      socket.write(`${JSON.stringify({ type: "said", text: `echo: ${text}` })}\n`);
    },
  });
});
server.listen(Number(process.env.PORT ?? 8080), () => console.log("listening on", server.address()));

process.once("SIGTERM", async () => {
  await keeper.close();
  server.close();
});
