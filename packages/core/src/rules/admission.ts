/** Admission: limits on connections and sessions (rule SES1), and which addresses a per-address limit groups together. */

import type { RefusalCause } from "../ports/ledger.ts";
import type { Settings } from "../settings/settings.ts";

export interface Load {
  /** Connections waiting for their hello. */
  readonly waiting: number;
  /** Open user sessions. */
  readonly users: number;
  readonly memoryHard: boolean;
  readonly shuttingDown: boolean;
}

/** Decides whether to accept another socket. `held` and `recent` are its address's connections now and in the last minute. */
export function refuseConnection(
  load: Load,
  settings: Settings,
  { held, recent }: { held: number; recent: number },
): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (load.waiting >= settings.maxOpening) return "openings";
  if (settings.maxConnectionsPerAddress > 0 && held >= settings.maxConnectionsPerAddress) return "address_limit";
  if (settings.connectionRatePerAddress > 0 && recent >= settings.connectionRatePerAddress) return "connection_rate";
  return null;
}

/** Decides whether to open another user session. */
export function refuseSession(load: Load, settings: Settings, ledgerAccepts: boolean): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (!ledgerAccepts) return "ledger";
  if (load.memoryHard) return "memory";
  if (load.users >= settings.maxSessions) return "capacity";
  return null;
}

const MAPPED_IPV4 = /^(?:0{0,4}:){2,5}ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/;
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * The key under which per-address limits count an address. An IPv6 address is counted by its /64, because whoever has one of its
 * addresses has all 2^64 (RFC 4291, 2.5.4; RFC 6177). An IPv4-mapped address is counted as the IPv4 address.
 * Anything else, even an invalid address, is its own key. Never throws.
 */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const [bare = ""] = address.toLowerCase().split("%", 1);
  const [, dotted, high, low] = MAPPED_IPV4.exec(bare) ?? [];
  if (dotted !== undefined) return dotted;
  if (high !== undefined && low !== undefined) return dottedOf(Number.parseInt(high, 16), Number.parseInt(low, 16));
  const groups = networkOf(bare);
  return groups === null ? address : `${groups.join(":")}::/64`;
}

function dottedOf(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The first four groups, without leading zeros; `null` when it is not an IPv6 address. */
function networkOf(address: string): string[] | null {
  const halves = address.split("::");
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  // A dotted tail stands for two groups. In an address that is not mapped, it is never among the first four.
  const written = head.length + tail.length + (address.includes(".") ? 1 : 0);
  if (halves.length > 2 || written > GROUPS || (halves.length === 1 && written !== GROUPS)) return null;
  const gap = Array.from({ length: GROUPS - written }, () => "0");
  const network = [...head, ...gap, ...tail].slice(0, NETWORK_GROUPS);
  if (!network.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null;
  return network.map((group) => Number.parseInt(group, 16).toString(16));
}
