/**
 * What a server that other machines can reach must not lack (rule RUN1). Each risk is refused at the start unless the configuration
 * accepts it by its name. Pure: the start refuses, and `lastbeat doctor` reports.
 */
import { isIP } from "node:net";
import type { ErrorIssue, Settings } from "@lastbeat/core";
import { addressRules } from "../proxies/addressRules.ts";

/** The values of `server.accept_risks`. */
export const risks = ["guests", "no_limits", "plain_http"] as const;
export type Risk = (typeof risks)[number];

export interface Exposure {
  readonly host: string;
  readonly trustedProxies: readonly string[];
  /** `users.mode`. */
  readonly usersMode: string;
  readonly settings: Pick<Settings, "maxConnectionsPerAddress" | "connectionRatePerAddress">;
}

export interface FoundRisk {
  readonly risk: Risk;
  /** The key to set. */
  readonly path: string;
  /** What may happen, and what to set instead. */
  readonly message: string;
}

export function isRisk(written: unknown): written is Risk {
  return risks.some((risk) => risk === written);
}

const isLoopback = addressRules(["loopback"]);

/** Whether other machines can reach a server that listens on this host. A name other than `localhost` may be any address. */
export function isExposed(host: string): boolean {
  return isIP(host) === 0 ? host.toLowerCase() !== "localhost" : !isLoopback(host);
}

/** The risks of serving strangers with this configuration, whatever the host. */
export function risksFor({ trustedProxies, usersMode, settings }: Omit<Exposure, "host">): FoundRisk[] {
  const found: FoundRisk[] = [];
  if (usersMode === "guest")
    found.push({
      risk: "guests",
      path: "users.mode",
      message: "with guest everyone may use any name; set it to jwt or webhook",
    });
  const unlimited = [
    ...(settings.maxConnectionsPerAddress === 0 ? ["websocket.max_connections_per_address"] : []),
    ...(settings.connectionRatePerAddress === 0 ? ["websocket.connection_rate_per_address"] : []),
  ];
  for (const path of unlimited)
    found.push({ risk: "no_limits", path, message: "with 0 one address may take every connection; set a limit, such as 100" });
  if (trustedProxies.length === 0)
    found.push({
      risk: "plain_http",
      path: "server.trusted_proxies",
      message: "without TLS everything is readable on the way; list the proxy that terminates TLS",
    });
  return found;
}

/**
 * The risks that stop the start: those of a host that other machines can reach, without the accepted ones.
 * @param whereOf says where a key's value was written.
 */
export function exposureIssues(
  { host, ...exposure }: Exposure,
  accepted: readonly string[],
  whereOf: (path: string) => string | null,
): ErrorIssue[] {
  if (!isExposed(host)) return [];
  return risksFor(exposure)
    .filter(({ risk }) => !accepted.includes(risk))
    .map(({ risk, path, message }) => ({
      field: whereOf(path) ?? path,
      message: `${message}, or accept this on ${host} with ${risk} in server.accept_risks`,
    }));
}
