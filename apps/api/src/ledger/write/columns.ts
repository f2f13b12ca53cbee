/**
 * Makes values fit their columns, whatever they are: an end must be stored even when a figure in it is not a number, rather than be
 * tried for ever.
 */

export function int(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.round(value) : 0;
}

export function intOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? Math.round(value) : null;
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : String(value ?? "");
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : text(value);
}

export function flag(value: unknown): 0 | 1 {
  return value === true ? 1 : 0;
}

export function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}

export function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
