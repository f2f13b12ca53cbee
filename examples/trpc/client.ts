/** Sends each line of its input and prints what comes: the stock tRPC client, which answers heartbeats and comes back by itself. */
import { createInterface } from "node:readline";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import type { AppRouter } from "./server.ts";

let resume: string | undefined;
const socket = createWSClient({
  url: `ws://localhost:${process.env.PORT ?? 8080}/`,
  // Said again at every connect.
  connectionParams: () => (resume === undefined ? { name: "ada" } : { name: "ada", resume }),
  onOpen: () => void connected(),
  onClose(cause) {
    console.log(`closed with ${cause?.code}`);
    if (cause?.code === 4504) resume = undefined;
  },
});
const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });

async function connected(): Promise<void> {
  resume = await trpc.resume.query();
  console.log("connected");
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => console.log(await trpc.say.mutate(line)));
lines.on("close", () => void socket.close());
