/** An echo over tRPC whose every session ends within a bound, for a reason. */
import { createSessionKeeper, type Session } from "@lastbeat/core";
import { applyWSSHandler, helloFromParams, resumeText } from "@lastbeat/trpc";
import { initTRPC } from "@trpc/server";
import { WebSocketServer } from "ws";

interface Desk {
  messages: number;
}

interface Context {
  readonly session: Session<Desk>;
  readonly resume: string;
}

const t = initTRPC.context<Context>().create();
const router = t.router({
  /** With which this client takes its session up again. */
  resume: t.procedure.query(({ ctx }) => ctx.resume),
  say: t.procedure
    .input((text) => String(text))
    .mutation(({ ctx, input }) => {
      ctx.session.data.messages += 1;
      return `echo: ${input}`;
    }),
});
export type AppRouter = typeof router;

const keeper = createSessionKeeper<Desk>({
  settings: { heartbeatIntervalMs: 10_000, heartbeatPongTimeoutMs: 5_000, resumeGraceMs: 60_000 },
});
keeper.on("opened", ({ session }) => {
  console.log(`opened ${session.id} of ${session.user}`);
  session.own("a desk", { [Symbol.dispose]: () => console.log(`released the desk of ${session.user}`) });
});
keeper.on("ended", ({ session, end }) => console.log(`ended ${end.sessionId}: ${end.reason}, ${session.data.messages} messages`));

const wss = new WebSocketServer({ port: Number(process.env.PORT ?? 8080), maxPayload: 65_536 });
wss.on("listening", () => console.log("listening on", wss.address()));
const handler = applyWSSHandler({
  wss,
  router,
  keeper,
  // Where users sign in, their cookie says who they are.
  session: ({ info }) => ({ ...helloFromParams(info.connectionParams), data: { messages: 0 } }),
  createContext: ({ info }) => ({ session: info.session, resume: resumeText(info.welcome) }),
});

process.once("SIGTERM", async () => {
  handler.broadcastReconnectNotification();
  await keeper.close();
  wss.close();
});
