/** The catalogue of end reasons: the one place that says what an end is called, who caused it and what the client should do. */

/** What found the end: the four tiers in their order, then people, the server itself, and the recovery after a crash. */
export const tiers = ["socket", "heartbeat", "timeout", "memory", "operator", "server", "recovery"] as const;
export type Tier = (typeof tiers)[number];

/** Who brought the end about. */
export type Initiator = "client" | "network" | "server" | "operator";

export interface EndReasonEntry {
  readonly tier: Tier;
  readonly initiator: Initiator;
  /** Close code sent to the client: 4000–4499 reconnect, 4500–4999 do not; `null` when there is nobody to tell. */
  readonly closeCode: number | null;
  readonly retry: boolean;
  /** In the words an operator reads. */
  readonly text: string;
  readonly issuedWhen: string;
}

const entries = {
  client_left: {
    tier: "socket",
    initiator: "client",
    closeCode: 1000,
    retry: false,
    text: "The client left",
    issuedWhen: "the client sent a close frame or an explicit goodbye",
  },
  connection_lost: {
    tier: "socket",
    initiator: "network",
    closeCode: null,
    retry: true,
    text: "The connection was lost",
    issuedWhen: "the socket closed without a close frame, or a send failed",
  },
  protocol_error: {
    tier: "socket",
    initiator: "client",
    closeCode: 4506,
    retry: false,
    text: "The client broke the protocol",
    issuedWhen: "a frame was malformed, too big or not allowed (also close codes 1002, 1003, 1007 and 1009)",
  },
  slow_consumer: {
    tier: "socket",
    initiator: "server",
    closeCode: 4004,
    retry: true,
    text: "The client read too slowly",
    issuedWhen: "more bytes were waiting for the client than the limit allows",
  },
  unreachable: {
    tier: "heartbeat",
    initiator: "network",
    closeCode: 4001,
    retry: true,
    text: "The network was gone",
    issuedWhen: "heartbeats went unanswered and so did the protocol-level ping",
  },
  unresponsive: {
    tier: "heartbeat",
    initiator: "client",
    closeCode: 4002,
    retry: true,
    text: "The page or process was frozen",
    issuedWhen: "heartbeats went unanswered although the transport answered a protocol-level ping",
  },
  hello_timeout: {
    tier: "timeout",
    initiator: "client",
    closeCode: 4005,
    retry: true,
    text: "No hello came",
    issuedWhen: "a connection did not say hello before its deadline",
  },
  idle: {
    tier: "timeout",
    initiator: "client",
    closeCode: 4501,
    retry: false,
    text: "The user walked away",
    issuedWhen: "nothing was done for the session timeout, although the client answered",
  },
  lifetime_reached: {
    tier: "timeout",
    initiator: "server",
    closeCode: 4505,
    retry: false,
    text: "The longest session time was reached",
    issuedWhen: "the session grew as old as a session may",
  },
  overdue: {
    tier: "timeout",
    initiator: "server",
    closeCode: 4006,
    retry: true,
    text: "The sweep found it overdue",
    issuedWhen: "the sweep found a heartbeat deadline overrun that the heartbeat tier had not acted on",
  },
  memory_pressure: {
    tier: "memory",
    initiator: "server",
    closeCode: 4003,
    retry: true,
    text: "Ended to free memory",
    issuedWhen: "the server was short of memory and this session ranked first",
  },
  superseded: {
    tier: "socket",
    initiator: "client",
    closeCode: 4502,
    retry: false,
    text: "Replaced by a newer connection",
    issuedWhen: "another connection took the session over; the older connection is closed, the session goes on",
  },
  ended_by_operator: {
    tier: "operator",
    initiator: "operator",
    closeCode: 4503,
    retry: false,
    text: "Ended by an operator",
    issuedWhen: "an operator ended the session from the admin page, the command line or the API",
  },
  ended_by_application: {
    tier: "server",
    initiator: "server",
    closeCode: 4507,
    retry: false,
    text: "Ended by the application",
    issuedWhen: "the application that embeds the server ended the session",
  },
  unauthorized: {
    tier: "server",
    initiator: "server",
    closeCode: 4504,
    retry: false,
    text: "Not allowed",
    issuedWhen: "a hello named a session without its token, or a role without its sign-in, or that sign-in ended",
  },
  server_full: {
    tier: "server",
    initiator: "server",
    closeCode: 1013,
    retry: true,
    text: "The server was full",
    issuedWhen: "a limit on sessions, connections or memory was reached, or the ledger could not take an opening",
  },
  server_shutdown: {
    tier: "server",
    initiator: "server",
    closeCode: 1012,
    retry: true,
    text: "The server was stopped",
    issuedWhen: "the server was asked to stop or restart",
  },
  server_crashed: {
    tier: "recovery",
    initiator: "server",
    closeCode: null,
    retry: true,
    text: "The server had crashed",
    issuedWhen: "the session was still open in the ledger when the server started again",
  },
} as const satisfies Record<string, EndReasonEntry>;

export type EndReason = keyof typeof entries;

/** Every end reason with its tier, initiator, close code, retry advice and texts. */
export const endReasons: Readonly<Record<EndReason, EndReasonEntry>> = entries;

/** Every end reason's name, in the catalogue's order. */
export const endReasonNames = Object.keys(entries) as EndReason[];

/** Tells whether `name` is an end reason of the catalogue. */
export function isEndReason(name: string): name is EndReason {
  return Object.hasOwn(entries, name);
}
