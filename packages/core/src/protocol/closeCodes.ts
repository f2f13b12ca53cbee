/** The end reasons and their close codes, without the display texts: the part of the catalogue that a client needs. */

/** Close code sent to the client: 4000–4499 reconnect, 4500–4999 do not; `null` when there is no client left to send it to. */
export const closeCodes = {
  client_left: 1000,
  connection_lost: null,
  protocol_error: 4506,
  slow_consumer: 4004,
  unreachable: 4001,
  unresponsive: 4002,
  hello_timeout: 4005,
  idle: 4501,
  lifetime_reached: 4505,
  overdue: 4006,
  memory_pressure: 4003,
  superseded: 4502,
  ended_by_operator: 4503,
  ended_by_application: 4507,
  unauthorized: 4504,
  server_full: 1013,
  server_shutdown: 1012,
  server_crashed: null,
} as const satisfies Record<string, number | null>;

export type EndReason = keyof typeof closeCodes;

/** Every end reason's name, in the catalogue's order. */
export const endReasonNames = Object.keys(closeCodes) as EndReason[];

/** Tells whether `name` is an end reason of the catalogue. */
export function isEndReason(name: string): name is EndReason {
  return Object.hasOwn(closeCodes, name);
}
