/** Range request parsing. RFC 9110, section 14. */

export interface ByteRange {
  /** Zero-based; both ends inclusive. */
  readonly first: number;
  readonly last: number;
}

/**
 * The part of `size` bytes to send for a `Range` header. A header that is malformed, in another unit, or with several parts gets the
 * whole file, as the standard allows. It is unsatisfiable if no part lies within the file.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, list] = /^bytes=(.*)$/is.exec(header ?? "") ?? [];
  if (list === undefined) return "whole";
  const parts = list.split(",").map((part) => rangePart(part.trim(), size));
  if (parts.includes("malformed")) return "whole";
  const inside = parts.filter((part) => typeof part === "object");
  if (inside.length === 0) return "unsatisfiable";
  return parts.length === 1 && inside[0] !== undefined ? inside[0] : "whole";
}

function rangePart(part: string, size: number): ByteRange | "outside" | "malformed" {
  const [, from, to] = /^(\d*)-(\d*)$/.exec(part) ?? [];
  if (from === undefined || to === undefined || from + to === "") return "malformed";
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first <= last ? { first, last } : "outside";
}
