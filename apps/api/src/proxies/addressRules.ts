/** Parses the rules of `server.trusted_proxies`: addresses, networks such as 10.0.0.0/8, and `loopback`. */
import { BlockList, isIP, isIPv4 } from "node:net";

const NETWORK = /^([^/]+)\/(\d{1,3})$/;
const LOOPBACK = ["127.0.0.0/8", "::1"];

type Family = "ipv4" | "ipv6";
interface Rule {
  readonly address: string;
  readonly family: Family;
  readonly bits: number;
}

/** Whether this is a valid rule. */
export function isAddressRule(written: unknown): written is string {
  return typeof written === "string" && (written === "loopback" || readRule(written) !== null);
}

/** Returns a matcher for a list of rules. Invalid rules are ignored. */
export function addressRules(rules: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const written of rules.flatMap((rule) => (rule === "loopback" ? LOOPBACK : [rule]))) {
    const rule = readRule(written);
    if (rule !== null) list.addSubnet(rule.address, rule.bits, rule.family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function readRule(written: string): Rule | null {
  const [, network = written, digits] = NETWORK.exec(written) ?? [];
  if (isIP(network) === 0 || network.includes("%")) return null;
  const family = familyOf(network);
  const most = family === "ipv4" ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  return bits > most ? null : { address: network, family, bits };
}

function familyOf(address: string): Family {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
