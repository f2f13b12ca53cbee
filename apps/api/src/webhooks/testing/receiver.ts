/** A receiver of webhooks for tests: a real HTTP server that keeps what it got, and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Webhook } from "../webhook.ts";

export interface Received {
  readonly messageId: string;
  readonly signature: string;
  readonly body: string;
  readonly path: string;
}

/** Answers a request, or not. */
export type Answer = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Connections accepted so far. */
  connections(): number;
  answer: Answer;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end();

export async function startReceiver(answer: Answer = status(204), port = 0): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      const header = (name: string) => String(request.headers[name]);
      const one = {
        messageId: header("lastbeat-webhook-id"),
        signature: header("lastbeat-signature"),
        body,
        path: request.url ?? "",
      };
      received.push(one);
      receiver.answer(one, response, request);
    });
  });
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${bound}/hook`,
    port: bound,
    received,
    answer,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return receiver;
}

export const sampleSecret = "a secret of the tests";

export function sampleWebhook(changes: Partial<Webhook> = {}): Webhook {
  return {
    name: "crm",
    url: "http://127.0.0.1:1/",
    secret: sampleSecret,
    tiers: null,
    reasons: null,
    kinds: ["user"],
    ...changes,
  };
}
