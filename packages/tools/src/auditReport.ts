/** Reads what `npm audit --json` says, and decides what that means. */

/** How a run ends: for scripts that must tell "nothing is known" from "nobody could be asked". */
export const exitCodes = {
  clean: 0,
  holes: 1,
  /** `EX_TEMPFAIL` of sysexits.h: try again later. */
  unanswered: 75,
} as const;

interface Advisory {
  readonly title: string;
  readonly url: string;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  /** Advisories, and the names of dependencies through which it is vulnerable. */
  readonly via: readonly (Advisory | string)[];
  readonly fixAvailable: boolean | { readonly name: string; readonly version: string };
}

interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly metadata?: { readonly dependencies?: { readonly total?: number } };
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

export interface Verdict {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/**
 * The verdict on what was printed about all dependencies, and about those that are installed with the server.
 * Anything that is no report counts as no answer.
 */
export function verdictOf(all: string, shipped: string): Verdict {
  const report = parsed(all);
  const shippedReport = parsed(shipped);
  for (const each of [report, shippedReport]) {
    if (each.auditReportVersion !== undefined && each.vulnerabilities !== undefined) continue;
    return { exitCode: exitCodes.unanswered, lines: [`Not checked: the registry does not answer audits (${causeOf(each)}).`] };
  }
  const holes = Object.values(report.vulnerabilities ?? {});
  const count = report.metadata?.dependencies?.total ?? 0;
  if (holes.length === 0) return { exitCode: exitCodes.clean, lines: [`No known holes in ${count} dependencies.`] };
  const isShipped = (name: string) => Object.hasOwn(shippedReport.vulnerabilities ?? {}, name);
  const lines = holes.map((hole) => lineOf(hole, isShipped(hole.name) ? "shipped" : "development only"));
  return { exitCode: exitCodes.holes, lines: [`Known holes in ${holes.length} of ${count} dependencies:`, ...lines] };
}

function parsed(text: string): Report {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === "object" && report !== null ? report : {};
  } catch {
    return {};
  }
}

function causeOf({ message, error }: Report): string {
  const [first = ""] = (message || error?.summary || "").split("\n");
  return first === "" ? "no report" : first;
}

function lineOf({ name, range, severity, via, fixAvailable }: Vulnerability, where: string): string {
  const causes = via.map((cause) => (typeof cause === "string" ? `through ${cause}` : `${cause.title} ${cause.url}`));
  const fix = typeof fixAvailable === "object" ? `mended by ${fixAvailable.name} ${fixAvailable.version}` : fixText(fixAvailable);
  return `  ${[name, range].join(" ").trim()} (${severity}, ${where}): ${causes.join("; ")}; ${fix}`;
}

function fixText(isFixable: boolean): string {
  return isFixable ? "mended by npm audit fix" : "not mended yet";
}
