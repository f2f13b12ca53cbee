/** Small text charts. */
import { number } from "./show.ts";

const BAR_WIDTH = 30;
const eighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** One line per count: a label, a bar relative to the largest, the count and its share. */
export function bars(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const digits = Math.max(0, ...entries.map(([, count]) => number(count).length));
  const lines = entries.map(([label, count]) => {
    const bar = "█".repeat(Math.max(1, Math.round((count / most) * BAR_WIDTH))).padEnd(BAR_WIDTH);
    return `  ${label.padEnd(20)}  ${bar}  ${number(count).padStart(digits)}  ${`${Math.round((count / total) * 100)}`.padStart(3)} %\n`;
  });
  return lines.join("");
}

/** One character per value, its height relative to the largest; a dot for zero. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values.map((value) => (value === 0 ? "·" : (eighths[Math.ceil((value / most) * 8) - 1] ?? "█"))).join("");
}
