/** Binds the port and turns errors into actionable messages. */
import { createServer, type Server } from "node:net";
import { failure } from "./contract/errors.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws {LastbeatError} `cannot_start` if the address cannot be bound. */
export function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, address));
    server.once("error", failed);
    server.listen(address.port, address.host, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/**
 * Checks that the address can be bound, before anything else is touched: an accidental second start must not reach the database of
 * the running server.
 * @throws {LastbeatError} `cannot_start` if it cannot be bound.
 */
export async function checkFree(address: Address): Promise<void> {
  if (address.port === 0) return;
  const probe = createServer();
  await listen(probe, address);
  await new Promise((resolve) => probe.close(resolve));
}

function listenError({ code = "", message }: NodeJS.ErrnoException, { host, port }: Address): Error {
  return failure("cannot_start", listenMessage(code, message, { host, port }));
}

function listenMessage(code: string, message: string, { host, port }: Address): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use: stop the program that is listening there, or choose another port, such as LASTBEAT_SERVER_PORT=${port + 1}`;
    case "EACCES":
      return `port ${port} is not allowed for this user: choose one above 1023, such as LASTBEAT_SERVER_PORT=8000`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `this machine has no address ${host}: correct server.host (127.0.0.1, or 0.0.0.0 for all)`;
    default:
      return `cannot listen on ${host}:${port}: ${message}`;
  }
}
