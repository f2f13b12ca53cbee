/** tRPC's own adapter with its keepAlive, and one subscription per client. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { observable } from "@trpc/server/observable";
import { WebSocketServer } from "ws";
import { control, intervalMs } from "./control.ts";

const t = initTRPC.create();
const router = t.router({ events: t.procedure.subscription(() => observable<string>(() => () => {})) });
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
applyWSSHandler({ wss: server, router, keepAlive: { enabled: true, pingMs: intervalMs, pongWaitMs: 5_000 } });
await once(server, "listening");
control({ port: (server.address() as AddressInfo).port, count: () => server.clients.size });
