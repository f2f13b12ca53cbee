/** The context of a procedure call. */
import type { Session } from "@lastbeat/core";
import type { SignIn } from "../auth/signIns.ts";
import type { Services } from "../services.ts";
import type { ConnectionParams } from "../transports/connectionParams.ts";
import type { PushLink } from "../transports/pushSocket.ts";

export interface Context {
  readonly services: Services;
  /** The WebSocket the call came on; `null` over HTTP. */
  readonly link: PushLink | null;
  /** The session of that connection; `null` before its hello. */
  readonly session: Session | null;
  /** `connectionParams` other than a hello, for an embedding application's own authentication. */
  readonly connectionParams: ConnectionParams | null;
  /** The client's address; empty before the hello. */
  readonly address: string;
  /** The operator's sign-in; `null` for everyone else. */
  readonly signIn: SignIn | null;
}
