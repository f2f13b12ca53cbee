/** What the machine gives the server: Node, open files, memory, processors. */
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { connectionsServed, openFilesLimit } from "../connectionLimit.ts";
import { containerLimit } from "../containerLimit.ts";
import { type Finding, megabytes, ok, unknown, warning } from "./finding.ts";

/** Files that a server without clients has open. */
const OWN_FILES = 40;
/** A server without clients, and what each session adds, rounded up: docs/PERFORMANCE.md. */
const BASE_BYTES = 150 * 1_024 ** 2;
const BYTES_PER_SESSION = 20 * 1_024;
const LEAST_PROCESSORS = 0.5;

export interface MachineOptions {
  readonly maxSessions: number;
  /** The running server's process, whose limits count; `null` takes this process's. */
  readonly serverPid: number | null;
}

export function machineFindings({ maxSessions, serverPid }: MachineOptions): Finding[] {
  const limits = read(`/proc/${serverPid ?? "self"}/limits`);
  const memory = containerLimit(totalmem());
  return [
    ok("node", `${process.version}, ${process.platform} ${process.arch}`),
    openFiles(openFilesLimit(limits), maxSessions, serverPid),
    enoughMemory(memory ?? totalmem(), maxSessions, memory !== null),
    processors(availableParallelism(), cpuQuota(read("/proc/self/cgroup"))),
  ];
}

export function openFiles(limit: number | null, maxSessions: number, serverPid: number | null = null): Finding {
  const check = "open files";
  if (limit === null) return unknown(check, "this system does not say how many files a process may open");
  const served = connectionsServed({ limit, inUse: OWN_FILES });
  const whose = serverPid === null ? "a process started from here" : `the running server (process ${serverPid})`;
  const seen = `${whose} may have ${limit} open, enough for ${served} connections`;
  if (served >= maxSessions) return ok(check, seen);
  return warning(
    check,
    `${seen}, but system.max_sessions is ${maxSessions}: raise the limit (ulimit -n, LimitNOFILE of systemd, ulimits of compose)`,
  );
}

export function enoughMemory(bytes: number, maxSessions: number, isContainer: boolean): Finding {
  const needed = BASE_BYTES + BYTES_PER_SESSION * maxSessions;
  const seen = `${megabytes(bytes)} ${isContainer ? "is the limit of this control group" : "in this machine"}`;
  if (bytes >= needed) return ok("memory", seen);
  return warning(
    "memory",
    `${seen}, but system.max_sessions ${maxSessions} may need ${megabytes(needed)}: lower it, or see "A small machine" in docs/OPERATIONS.md`,
  );
}

export function processors(available: number, quota: number | null): Finding {
  const count = Math.min(available, quota ?? available);
  const seen = quota === null ? `${available} available` : `${count} by the quota of this control group, of ${available}`;
  if (count >= LEAST_PROCESSORS) return ok("processors", seen);
  return warning(
    "processors",
    `${seen}: a quota this small pauses the server for parts of each second; give it ${LEAST_PROCESSORS} or more`,
  );
}

/** The smallest quota of the process's own control group and those above it, in processors; `null` for none. Version 2 only. */
export function cpuQuota(groups: string, at = "/sys/fs/cgroup"): number | null {
  const [, own = "/"] = /^0::(.*)$/m.exec(groups) ?? [];
  const names = own.split("/").filter((name) => name !== "" && name !== "..");
  const quotas = [...names.keys(), names.length].map((depth) => quotaIn(read(join(at, ...names.slice(0, depth), "cpu.max"))));
  const found = quotas.filter((quota) => quota !== null);
  return found.length === 0 ? null : Math.min(...found);
}

/** `50000 100000` → 0.5 */
function quotaIn(text: string): number | null {
  const [quota, period] = text.trim().split(" ").map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
