/** The catalogue of end reasons: the one place that defines each reason's name, initiator, close code and retry advice. */

import { closeCodes, type EndReason } from "./closeCodes.ts";

export { type EndReason, endReasonNames, isEndReason } from "./closeCodes.ts";

/** What detected the end: the four tiers in order, then operators, the server itself, and crash recovery. */
export const tiers = ["socket", "heartbeat", "timeout", "memory", "operator", "server", "recovery"] as const;
export type Tier = (typeof tiers)[number];

/** Who caused the end. */
export type Initiator = "client" | "network" | "server" | "operator";

export interface EndReasonEntry {
  readonly tier: Tier;
  readonly initiator: Initiator;
  /** As in `closeCodes`. */
  readonly closeCode: number | null;
  readonly retry: boolean;
  /** Shown to operators. */
  readonly text: string;
  readonly issuedWhen: string;
}

/** Every end reason with its tier, initiator, close code, retry advice and texts. */
export const endReasons: Readonly<Record<EndReason, EndReasonEntry>> = {
  client_left: {
    tier: "socket",
    initiator: "client",
    closeCode: closeCodes.client_left,
    retry: false,
    text: "The client left",
    issuedWhen: "the client sent a close frame or an explicit goodbye",
  },
  connection_lost: {
    tier: "socket",
    initiator: "network",
    closeCode: closeCodes.connection_lost,
    retry: true,
    text: "The connection was lost",
    issuedWhen: "the socket closed without a close frame, or a send failed",
  },
  protocol_error: {
    tier: "socket",
    initiator: "client",
    closeCode: closeCodes.protocol_error,
    retry: false,
    text: "The client broke the protocol",
    issuedWhen: "a frame was malformed, too big or not allowed (also close codes 1002, 1003, 1007 and 1009)",
  },
  slow_consumer: {
    tier: "socket",
    initiator: "server",
    closeCode: closeCodes.slow_consumer,
    retry: true,
    text: "The client read too slowly",
    issuedWhen: "more bytes were waiting for the client than the limit allows",
  },
  unreachable: {
    tier: "heartbeat",
    initiator: "network",
    closeCode: closeCodes.unreachable,
    retry: true,
    text: "The client was unreachable",
    issuedWhen: "heartbeats went unanswered and so did the protocol-level ping",
  },
  unresponsive: {
    tier: "heartbeat",
    initiator: "client",
    closeCode: closeCodes.unresponsive,
    retry: true,
    text: "The page or process was frozen",
    issuedWhen: "heartbeats went unanswered although the transport answered a protocol-level ping",
  },
  hello_timeout: {
    tier: "timeout",
    initiator: "client",
    closeCode: closeCodes.hello_timeout,
    retry: true,
    text: "No hello was received",
    issuedWhen: "a connection did not say hello before its deadline",
  },
  idle: {
    tier: "timeout",
    initiator: "client",
    closeCode: closeCodes.idle,
    retry: false,
    text: "The user walked away",
    issuedWhen: "the user did nothing for the session timeout, although the client answered",
  },
  lifetime_reached: {
    tier: "timeout",
    initiator: "server",
    closeCode: closeCodes.lifetime_reached,
    retry: false,
    text: "The maximum session lifetime was reached",
    issuedWhen: "the session reached `session_lifetime`",
  },
  overdue: {
    tier: "timeout",
    initiator: "server",
    closeCode: closeCodes.overdue,
    retry: true,
    text: "The sweep found it overdue",
    issuedWhen: "the sweep found a heartbeat deadline overrun that the heartbeat tier had not acted on",
  },
  memory_pressure: {
    tier: "memory",
    initiator: "server",
    closeCode: closeCodes.memory_pressure,
    retry: true,
    text: "Ended to free memory",
    issuedWhen: "the server was short of memory and this session ranked first",
  },
  superseded: {
    tier: "socket",
    initiator: "client",
    closeCode: closeCodes.superseded,
    retry: false,
    text: "Replaced by a newer connection",
    issuedWhen: "another connection took the session over; the older connection is closed, the session goes on",
  },
  ended_by_operator: {
    tier: "operator",
    initiator: "operator",
    closeCode: closeCodes.ended_by_operator,
    retry: false,
    text: "Ended by an operator",
    issuedWhen: "an operator ended the session from the admin page, the command line or the API",
  },
  ended_by_application: {
    tier: "server",
    initiator: "server",
    closeCode: closeCodes.ended_by_application,
    retry: false,
    text: "Ended by the application",
    issuedWhen: "the application that embeds the server ended the session",
  },
  unauthorized: {
    tier: "server",
    initiator: "server",
    closeCode: closeCodes.unauthorized,
    retry: false,
    text: "Not allowed",
    issuedWhen: "a hello named a session without its token, or a role without its sign-in, or that sign-in ended",
  },
  server_full: {
    tier: "server",
    initiator: "server",
    closeCode: closeCodes.server_full,
    retry: true,
    text: "The server was full",
    issuedWhen: "a limit on sessions, connections or memory was reached, or the ledger could not take an opening",
  },
  server_shutdown: {
    tier: "server",
    initiator: "server",
    closeCode: closeCodes.server_shutdown,
    retry: true,
    text: "The server was stopped",
    issuedWhen: "the server was asked to stop or restart",
  },
  server_crashed: {
    tier: "recovery",
    initiator: "server",
    closeCode: closeCodes.server_crashed,
    retry: true,
    text: "The server had crashed",
    issuedWhen: "the session was still open in the ledger when the server started again",
  },
};
