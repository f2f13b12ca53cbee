/** What `createContext` is told of a connection: what tRPC's adapter tells it, and the session. */
import type { Session, Welcome } from "@lastbeat/core";
import type { CreateWSSContextFnOptions } from "@trpc/server/adapters/ws";
import type { TRPCRequestInfo } from "@trpc/server/http";

/** Before the session is open. */
export type HelloOptions = CreateWSSContextFnOptions;

export interface SessionInfo<Data = unknown> extends TRPCRequestInfo {
  readonly session: Session<Data>;
  /** What the client needs to resume the session, and the terms of its heartbeats. */
  readonly welcome: Welcome;
}

export interface KeptContextOptions<Data = unknown> extends CreateWSSContextFnOptions {
  readonly info: SessionInfo<Data>;
}

/** Most connections never ask for the signal, which costs a kilobyte. */
export class ConnectionInfo implements TRPCRequestInfo {
  readonly connectionParams: TRPCRequestInfo["connectionParams"];
  readonly accept = null;
  readonly type = "unknown";
  readonly isBatchCall = false;
  readonly calls: TRPCRequestInfo["calls"] = [];
  readonly url = null;
  session: Session | null = null;
  welcome: Welcome | null = null;
  readonly #signal: () => AbortSignal;

  constructor(connectionParams: TRPCRequestInfo["connectionParams"], signal: () => AbortSignal) {
    this.connectionParams = connectionParams;
    this.#signal = signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}
