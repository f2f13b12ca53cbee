import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import Koa from "koa";
import { expect, test } from "vitest";
import { readJsonBody } from "./jsonBody.ts";
import { restErrors } from "./restError.ts";

/** A server that only reads bodies; `outcome` is what the app is left with. */
async function readingBodies() {
  const reported: unknown[] = [];
  const reading = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<unknown>();
  const app = new Koa();
  app.silent = true;
  app.use((_, next) => next().then(outcome.resolve, outcome.resolve));
  app.use(restErrors((_, __, error) => void reported.push(error)));
  app.use(async (ctx) => {
    reading.resolve();
    ctx.body = await readJsonBody(ctx.req);
  });
  const server: Server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port, reported, reading: reading.promise, outcome: outcome.promise, [Symbol.asyncDispose]: close };
}

test.each(["end", "destroy", "resetAndDestroy"] as const)(
  "a client that aborts its request body (%s) is not reported as a REST failure, and the app ignores its error code",
  async (leave) => {
    await using served = await readingBodies();
    const client = connect(served.port, "127.0.0.1");
    client.on("error", () => {});
    client.write('DELETE /api/sessions/session_a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"note":');
    await served.reading;
    client[leave]();
    expect(await served.outcome).toMatchObject({ code: "ECONNRESET" });
    expect(served.reported).toEqual([]);
    client.destroy();
  },
);
