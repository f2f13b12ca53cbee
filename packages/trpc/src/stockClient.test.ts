/** What an application sees of this handler through the stock client, it sees of tRPC's own. */
import { createTRPCClient, createWSClient, type TRPCClientError, type WebSocketClientOptions, wsLink } from "@trpc/client";
import type { Encoder } from "@trpc/server/adapters/ws";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type TestRouter, unchanged } from "./testing/router.ts";
import { type Kind, type ServerOptions, startServer, type TestServer } from "./testing/servers.ts";

interface Place {
  readonly server: TestServer;
  readonly trpc: ReturnType<typeof createTRPCClient<TestRouter>>;
  /** What the test saw, in order. */
  readonly seen: unknown[];
  /** Waits until so much was seen. */
  readonly saw: (count: number) => Promise<void>;
}

const failure = (error: unknown) => {
  const { message, data, shape } = error as TRPCClientError<TestRouter>;
  return { message, data, shape };
};

async function place(
  kind: Kind,
  use: (place: Place) => Promise<unknown>,
  options: ServerOptions & Pick<WebSocketClientOptions, "connectionParams"> = {},
) {
  const { connectionParams, ...serverOptions } = options;
  await using server = await startServer(kind, serverOptions);
  const ws = createWSClient({
    url: server.url,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 0,
    ...(connectionParams === undefined ? {} : { connectionParams }),
    ...(options.experimental_encoder === undefined ? {} : { experimental_encoder: options.experimental_encoder as Encoder }),
  });
  const seen: unknown[] = [];
  const saw = (count: number) =>
    vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(count), { timeout: 10_000, interval: 5 });
  try {
    const answer = await use({
      server,
      trpc: createTRPCClient<TestRouter>({ links: [wsLink({ client: ws, transformer: unchanged })] }),
      seen,
      saw,
    });
    return { answer, seen: [...seen], told: [...server.told] };
  } finally {
    await ws.close();
  }
}

/** Notes everything that a subscription tells. */
const noting = (seen: unknown[]) => ({
  onStarted: () => seen.push("started"),
  onData: (data: unknown) => seen.push(data),
  onError: (error: unknown) => seen.push(failure(error)),
  onComplete: () => seen.push("complete"),
  onStopped: () => seen.push("stopped"),
});

const uses: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  "a query": ({ trpc }) => trpc.hello.query("Ada"),
  "a mutation": ({ trpc }) => trpc.add.mutate({ a: 1, b: 2 }),
  "calls at once": ({ trpc }) =>
    Promise.allSettled([trpc.hello.query("Ada"), trpc.add.mutate({ a: 1, b: 2 }), trpc.missing.query().catch(failure)]),
  "an error": ({ trpc }) => trpc.broken.mutate().catch(failure),
  "an error of input": ({ trpc }) => trpc.add.mutate({ a: 1 } as never).catch(failure),
  "an observable": async ({ trpc, seen, saw }) => {
    trpc.on.observable.subscribe(undefined, noting(seen));
    await saw(5);
  },
  "a generator": async ({ trpc, seen, saw }) => {
    trpc.on.generator.subscribe(2, noting(seen));
    await saw(4);
  },
  "a generator that fails": async ({ trpc, seen, saw }) => {
    trpc.on.generatorFails.subscribe(undefined, noting(seen));
    await saw(3);
  },
  "a subscription that is ended": async ({ server, trpc, seen, saw }) => {
    const { unsubscribe } = trpc.on.forever.subscribe(undefined, noting(seen));
    await saw(2);
    unsubscribe();
    await vi.waitFor(() => expect(server.told).toEqual(["aborted", "generator returned"]));
  },
  "a subscription whose signal is aborted": async ({ server, trpc, seen, saw }) => {
    const controller = new AbortController();
    trpc.on.forever.subscribe(undefined, { ...noting(seen), signal: controller.signal });
    await saw(2);
    controller.abort();
    await vi.waitFor(() => expect(server.told).toEqual(["aborted", "generator returned"]));
  },
  "a lost connection": async ({ server, trpc, seen, saw }) => {
    trpc.on.forever.subscribe(undefined, noting(seen));
    await saw(2);
    for (const client of server.wss.clients) client.terminate();
    await vi.waitFor(() => expect(server.told).toEqual(["aborted", "generator returned"]));
    await saw(3);
  },
  "tracked values across a lost connection": async ({ server, trpc, seen, saw }) => {
    trpc.on.tracked.subscribe({ until: 4 }, noting(seen));
    await saw(3);
    for (const client of server.wss.clients) client.terminate();
    await saw(6);
  },
  "a request to connect anew": async ({ server, trpc, seen, saw }) => {
    trpc.on.tracked.subscribe({ until: 4 }, noting(seen));
    await saw(3);
    server.reconnect();
    await saw(6);
    return trpc.hello.query("again");
  },
};

/** JSON in binary frames. */
const binaryJson: Encoder = {
  encode: (data) => new TextEncoder().encode(JSON.stringify(data)),
  decode: (data) => JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data)),
};

const settings: Readonly<Record<string, ServerOptions & Pick<WebSocketClientOptions, "connectionParams">>> = {
  "as it is": {},
  "with connectionParams": { connectionParams: { name: "Bob" } },
  "with an encoder": { experimental_encoder: binaryJson },
};

const table = Object.entries(settings).flatMap(([how, options]) =>
  Object.entries(uses).map(([what, use]) => [`${what}, ${how}`, use, options] as const),
);

test.each(table)("EMB4 the stock client sees what tRPC's own handler shows it: %s", async (_, use, options) => {
  const [theirs, ours] = await Promise.all([place("tRPC's", use, options), place("ours", use, options)]);
  expect(ours).toEqual(theirs);
});
