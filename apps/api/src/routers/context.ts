/** What a procedure knows of its caller. */
import type { Session } from "@lastbeat/core";
import type { Services } from "../services.ts";
import type { Link } from "../transports/pushSocket.ts";

export interface Context {
  readonly services: Services;
  /** The WebSocket the call came on; `null` over HTTP. */
  readonly link: Link | null;
  /** The session of that connection; `null` before its hello. */
  readonly session: Session | null;
  /** Name of the signed-in operator; `null` for everyone else. */
  readonly admin: string | null;
}
