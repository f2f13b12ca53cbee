/** Admission: limits on connections and sessions (rule SES1), and which addresses a per-address limit groups together. */

import type { RefusalCause } from "../ports/ledger.ts";
import type { Settings } from "../settings/settings.ts";

export interface Load {
  /** Open user sessions. */
  readonly users: number;
  readonly memoryHard: boolean;
  readonly shuttingDown: boolean;
}

/** Decides whether to accept another socket. `held` and `recent` are its address's connections now and in the last minute. */
export function refuseConnection(
  load: Pick<Load, "shuttingDown">,
  settings: Settings,
  { held, recent }: { held: number; recent: number },
): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (settings.maxConnectionsPerAddress > 0 && held >= settings.maxConnectionsPerAddress) return "address_limit";
  if (settings.connectionRatePerAddress > 0 && recent >= settings.connectionRatePerAddress) return "connection_rate";
  return null;
}

/** Connections that wait for their hello. */
export interface Waiting {
  readonly total: number;
  /** Those of the newcomer's address. */
  readonly here: number;
  /** Of these, those that say nothing. Those about whom somebody is being asked give way to nobody. */
  readonly silentHere: number;
  /** The silent ones of the address that has the most of them. */
  readonly silentMost: number;
}

/**
 * Which of the silent connections gives way to a newcomer, if one must: the oldest of the address that has the most,
 * where that is another's; otherwise the oldest of its own address (`here`) or of all, which may wait for `FAIR_WAIT_MS` first.
 */
export type GivesWay = "nobody" | "here" | "most" | "oldest";

/** Time in which a client that means to says hello, also on a bad connection. */
export const FAIR_WAIT_MS = 1_000;

/** @param limits how many may wait in all, and how many of the newcomer's address. */
export function givesWay(
  { total, here, silentHere, silentMost }: Waiting,
  { maxOpening, mayHave }: { readonly maxOpening: number; readonly mayHave: number },
): GivesWay {
  if (here >= mayHave) return "here";
  if (total < maxOpening) return "nobody";
  if (silentMost > silentHere + 1) return "most";
  return silentHere > 0 ? "here" : "oldest";
}

/** Decides whether to open another user session. */
export function refuseSession(load: Load, settings: Settings, ledgerAccepts: boolean): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (!ledgerAccepts) return "ledger";
  if (load.memoryHard) return "memory";
  if (load.users >= settings.maxSessions) return "capacity";
  return null;
}

/**
 * Whether limits per address apply. They do not to connections from the machine itself, which are its user's or those of a proxy that
 * nobody has declared, and not where the address is unknown: these are no one's in particular. Never throws.
 */
export function isLimited(address: string): boolean {
  return address !== "unknown" && address !== "::1" && !address.startsWith("127.") && !address.startsWith("::ffff:127.");
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
