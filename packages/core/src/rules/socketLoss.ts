/** Tier 1: maps a close code or socket error to an end reason (rule SOC1). */

import { causeOf, messageOf } from "../ports/thrown.ts";
import { NO_CLOSE_FRAME } from "../protocol/close.ts";
import type { EndReason } from "../protocol/endReason.ts";

export interface SocketLoss {
  readonly reason: EndReason;
  readonly detail: string;
  /** The code received; absent when there was no close frame. */
  readonly receivedCode?: number;
}

/** Close codes with which a peer, or our own parser, reports a protocol violation. RFC 6455, section 7.4.1. */
const protocolCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009]);

/** The loss that a close code stands for. */
export function lossByClose(code: number, reason: string): SocketLoss {
  // Text chosen by the client and shown to operators: control characters must not reach their terminals.
  const suffix = reason === "" ? "" : `: ${reason.slice(0, 123).replaceAll(/\p{Cc}/gu, "\ufffd")}`;
  if (code === NO_CLOSE_FRAME) return { reason: "connection_lost", detail: "the socket closed without a close frame" };
  if (protocolCodes.has(code)) return { reason: "protocol_error", detail: `close code ${code}${suffix}`, receivedCode: code };
  return { reason: "client_left", detail: `close frame with code ${code}${suffix}`, receivedCode: code };
}

/** The loss that a socket error stands for: parser errors are the client's fault, all others the network's. */
export function lossByError(error: unknown): SocketLoss {
  const code = codeOf(error);
  const detail = (code === "" ? causeOf(error) : `${code}: ${messageOf(error)}`).slice(0, 200);
  return { reason: code.startsWith("WS_ERR_") ? "protocol_error" : "connection_lost", detail };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : "";
}
