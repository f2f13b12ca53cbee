/** Whether the machine's clock can be believed. Verdicts do not depend on it (rule TIM4); the history's times and retention do. */
import { existsSync } from "node:fs";
import { duration } from "../cli/show.ts";
import { type Finding, ok, problem, unknown, warning } from "./finding.ts";

/** How far a clock may go apart from the machine's steady one, and behind the ledger, without anybody noticing. */
const TOLERATED_MS = 50;
const TOLERATED_BEHIND_MS = 2_000;
const SAMPLE_MS = 300;

/** Measures whether the wall clock jumps while it is watched. */
export async function clockJumpMs(): Promise<number> {
  const [wallMs, steadyMs] = [Date.now(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  return Math.abs(Date.now() - wallMs - (performance.now() - steadyMs));
}

export interface ClockSeen {
  readonly nowMs: number;
  readonly jumpMs: number;
  /** The newest time in the ledger; `null` if there is none. */
  readonly knownMs: number | null;
  readonly synchronized: boolean;
}

/** systemd-timesyncd makes this file once it has set the clock. Others do not tell everyone. */
export function isSynchronized(): boolean {
  return existsSync("/run/systemd/timesync/synchronized");
}

export function clockFinding({ nowMs, jumpMs, knownMs, synchronized }: ClockSeen): Finding {
  const check = "clock";
  const behindMs = knownMs === null ? 0 : knownMs - nowMs;
  if (behindMs > TOLERATED_BEHIND_MS)
    return problem(
      check,
      `it is ${duration(behindMs)} behind the newest entry of the ledger: set it, or keep it set by a time service`,
    );
  if (jumpMs > TOLERATED_MS)
    return warning(
      check,
      `it jumped by ${duration(jumpMs)} while it was watched: does something else set it besides the time service?`,
    );
  if (synchronized) return ok(check, "it runs steadily and is kept by systemd-timesyncd");
  return unknown(check, "it runs steadily; how far it is off cannot be seen from here (timedatectl, chronyc tracking)");
}
