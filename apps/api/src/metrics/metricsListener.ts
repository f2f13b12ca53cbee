/**
 * A port for metrics alone (`metrics.listen`, rule MET3), which asks for no token: who can reach it may read them. A scrape is answered
 * there also when the server's own port takes no more connections.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { KeeperLog } from "@lastbeat/core";
import { type Address, listen } from "../listen.ts";
import type { Metrics } from "./metrics.ts";

/** Scrapers are few. */
const MAX_CONNECTIONS = 16;
const REQUEST_MS = 10_000;

export interface MetricsListener {
  close(): void;
}

/** @throws {LastbeatError} `cannot_start` if the address cannot be bound. */
export async function listenForScrapes(metrics: Metrics, address: Address, log: KeeperLog): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    answer(metrics, request, response).catch((error) => {
      log.error("The metrics could not be read", { error });
      response.writeHead(500).end();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, address);
  server.on("error", (error) => log.error("The port for metrics reported an error", { error }));
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(metrics: Metrics, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (url?.split("?", 1)[0] !== "/metrics") return void response.writeHead(404).end("the metrics are at /metrics\n");
  if (method !== "GET" && method !== "HEAD") return void response.writeHead(405, { Allow: "GET, HEAD" }).end();
  const text = await metrics.text();
  response.writeHead(200, { "Content-Type": metrics.contentType }).end(method === "HEAD" ? undefined : text);
}
