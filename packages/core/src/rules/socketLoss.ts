/** Tier 1: what a closing or failing socket says about who left (rule SOC1). */

import { causeOf, messageOf } from "../ports/thrown.ts";
import type { EndReason } from "../protocol/endReason.ts";

export interface SocketLoss {
  readonly reason: EndReason;
  readonly detail: string;
  /** The code that was seen; absent when no close frame came. */
  readonly receivedCode?: number;
}

/** Close codes by which a peer, or our own parser, says that the protocol was broken. RFC 6455, section 7.4.1. */
const protocolCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009]);

/** "Abnormal closure": never in a frame; what a WebSocket library reports when no close frame came. */
const NO_CLOSE_FRAME = 1006;

/** What a close code means. */
export function lossByClose(code: number, reason: string): SocketLoss {
  // A client's own words: shown to operators, whose terminals must not obey them.
  const said = reason === "" ? "" : `: ${reason.slice(0, 123).replaceAll(/\p{Cc}/gu, "\ufffd")}`;
  if (code === NO_CLOSE_FRAME) return { reason: "connection_lost", detail: "the socket closed without a close frame" };
  if (protocolCodes.has(code)) return { reason: "protocol_error", detail: `close code ${code}${said}`, receivedCode: code };
  return { reason: "client_left", detail: `close frame with code ${code}${said}`, receivedCode: code };
}

/** What a socket's error means: the parser's errors are the client's fault, all others the network's. */
export function lossByError(error: unknown): SocketLoss {
  const code = codeOf(error);
  const detail = (code === "" ? causeOf(error) : `${code}: ${messageOf(error)}`).slice(0, 200);
  return { reason: code.startsWith("WS_ERR_") ? "protocol_error" : "connection_lost", detail };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : "";
}
