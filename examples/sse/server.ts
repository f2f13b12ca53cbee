/** An echo over server-sent events and POSTs whose every session ends within a bound, for a reason. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSessionKeeper } from "@lastbeat/core";
import { createEventStreams } from "@lastbeat/core/sse";

const page = readFileSync(new URL("page.html", import.meta.url));
const keeper = createSessionKeeper({
  settings: { heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000, resumeGraceMs: 60_000 },
});
keeper.on("opened", ({ session }) => {
  console.log(`opened ${session.id} of ${session.user}`);
  session.own("a desk", { [Symbol.dispose]: () => console.log(`released the desk of ${session.user}`) });
});
keeper.on("ended", ({ end }) => console.log(`ended ${end.sessionId}: ${end.reason}`));

/** How to reach each session's page. */
const pages = new Map<string, (text: string) => void>();
const streams = createEventStreams(keeper, {
  onMessage({ text }, session) {
    session.touch();
    pages.get(session.id)?.(`echo: ${text}`);
  },
});

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname !== "/live") return response.writeHead(200, { "content-type": "text/html" }).end(page);
  if (request.method === "POST") return streams.answer(request, response);
  const session = await streams.open(request, response, { user: searchParams.get("user") ?? "guest" });
  if (session === null) return;
  pages.set(session.id, (text) => response.write(`data: ${JSON.stringify({ type: "said", text })}\n\n`));
});
keeper.on("ended", ({ end }) => pages.delete(end.sessionId));
server.listen(Number(process.env.PORT ?? 8080), () => console.log("listening on", server.address()));

process.once("SIGTERM", async () => {
  await keeper.close();
  server.close();
});
