import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createSessionKeeper } from "../keeper/keeper.ts";
import { keepWebSocket } from "./ws.ts";

/** The example of the README, between its fences. */
function readmeExample(): string {
  const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
  const section = readme.slice(readme.indexOf("## Embed the core"));
  return /```ts\n([\s\S]*?)```/.exec(section)?.[1] ?? "";
}

it("CLT1 the README's example embeds the core in a bare ws server in under 15 lines, and runs", async () => {
  const example = readmeExample();
  expect(example.trim().split("\n").length).toBeLessThan(15);
  const body = example.replace(/^import .*\n/gm, "").replace("port: 8080", "port: 0");
  const ends: string[] = [];
  const run = new Function(
    "createSessionKeeper",
    "keepWebSocket",
    "WebSocketServer",
    "console",
    `${body}\nreturn { keeper, server };`,
  );
  const { keeper, server } = run(createSessionKeeper, keepWebSocket, WebSocketServer, {
    log: (...words: unknown[]) => ends.push(words.join(" ")),
  }) as { keeper: ReturnType<typeof createSessionKeeper>; server: WebSocketServer };
  if (server.address() === null) await once(server, "listening");
  const { port } = server.address() as { port: number };
  const opened = new Promise<string>((resolve) => keeper.on("opened", ({ session }) => resolve(session.id)));
  const ended = new Promise<string>((resolve) => keeper.on("ended", ({ end }) => resolve(end.reason)));
  const client = new WebSocket(`ws://127.0.0.1:${port}/?user=ada`);
  const [id] = await Promise.all([opened, once(client, "open")]);
  client.close();
  expect(await ended).toBe("client_left");
  expect(ends.join("\n")).toContain(id);
  await keeper.close();
  server.close();
});
