/** The stock tRPC client against a test's server, with nothing but an address, and a cookie and `connectionParams` if given. */
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { WebSocket } from "ws";
import type { AppRouter } from "../routers/index.ts";
import type { TestServer } from "./testServer.ts";

export function stockClient(
  running: Pick<TestServer, "ws">,
  cookie?: string,
  connectionParams: Record<string, string> | null = null,
) {
  class WithCookie extends WebSocket {
    constructor(url: string) {
      super(url, cookie === undefined ? {} : { headers: { cookie } });
    }
  }
  const closes: number[] = [];
  const ws = createWSClient({
    url: `${running.ws}/trpc`,
    WebSocket: WithCookie as unknown as typeof globalThis.WebSocket,
    connectionParams: () => connectionParams,
    retryDelayMs: () => 60_000,
    onClose: (cause) => closes.push(cause?.code ?? 0),
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client: ws })] });
  return { trpc, ws, closes, [Symbol.asyncDispose]: () => ws.close() };
}
