/**
 * Sessions held by the stock tRPC client and nothing else: no heartbeat, no reconnect, no protocol of ours. Called with the
 * server's WebSocket address and the sessions' names; prints each session's id, and leaves when its input ends.
 */
import type { AppRouter } from "@lastbeat/api";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";

const [url = "", ...names] = process.argv.slice(2);

const clients = await Promise.all(
  names.map(async (name) => {
    const client = createWSClient({ url });
    const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client })] });
    const { sessionId } = await trpc.session.open.mutate({ name });
    process.stdout.write(`${sessionId}\n`);
    return client;
  }),
);

process.stdin.resume();
process.stdin.on("end", () => {
  for (const client of clients) void client.close();
});
