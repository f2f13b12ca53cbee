/** Parses points in time as people write them: `24h` for a day ago, a date, or epoch milliseconds. */

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export const momentForms = "24h, 90m, 7d, 2026-11-25, 2026-11-25T08:30Z or epoch milliseconds";

/** Epoch milliseconds, or `null` if this is not a point in time. A date or time without a zone is UTC, like all times in the ledger. */
export function momentMs(written: string, nowMs: number): number | null {
  const [, count, unit] = /^(\d{1,9})([smhdw])$/.exec(written) ?? [];
  if (count !== undefined && unit !== undefined) return Math.max(0, nowMs - Number(count) * (unitMs[unit] ?? 0));
  if (/^\d{9,16}$/.test(written)) return Number(written);
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(written)) return null;
  const zoned = /[T ]/.test(written) && !/(Z|[+-]\d\d:\d\d)$/.test(written) ? `${written}Z` : written;
  const parsed = Date.parse(zoned.replace(" ", "T"));
  return Number.isNaN(parsed) ? null : parsed;
}
