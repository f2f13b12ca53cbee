/** What `lastbeat doctor` finds (rule RUN2). */

/** `unknown` could not be found out here, which is nothing to mend. */
export type FindingLevel = "ok" | "unknown" | "warning" | "problem";

export interface Finding {
  /** What was looked at, such as `open files`. */
  readonly check: string;
  readonly level: FindingLevel;
  /** What was seen and, unless that is fine, what to do. */
  readonly message: string;
}

export const ok = (check: string, message: string): Finding => ({ check, level: "ok", message });
export const unknown = (check: string, message: string): Finding => ({ check, level: "unknown", message });
export const warning = (check: string, message: string): Finding => ({ check, level: "warning", message });
export const problem = (check: string, message: string): Finding => ({ check, level: "problem", message });

/** The command's exit status: 0 without warnings, 1 with warnings, 2 with problems. */
export function exitOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === "problem")) return 2;
  return findings.some(({ level }) => level === "warning") ? 1 : 0;
}

export function megabytes(bytes: number): string {
  if (bytes < 1_024 ** 2) return "less than 1 MB";
  return bytes < 10 * 1_024 ** 3 ? `${Math.round(bytes / 1_024 ** 2)} MB` : `${Math.round(bytes / 1_024 ** 3)} GB`;
}
