/** Choosing a stretch of time on a chart, by pointer or keyboard. Pure. */

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the chart shows, and in which steps it can be chosen. */
export interface BrushField extends TimeSpan {
  readonly bucketMs: number;
  readonly width: number;
}

/** The span between two places on the chart, in pixels, widened to whole buckets and kept within what is shown. */
export function brushed(aPx: number, bPx: number, field: BrushField): TimeSpan {
  const at = (px: number) =>
    field.fromMs + (Math.min(Math.max(px, 0), field.width) / Math.max(1, field.width)) * (field.toMs - field.fromMs);
  return snapped({ fromMs: at(Math.min(aPx, bPx)), toMs: at(Math.max(aPx, bPx)) }, field);
}

/** Whole buckets, one at least, within what is shown. */
export function snapped({ fromMs, toMs }: TimeSpan, field: BrushField): TimeSpan {
  const { bucketMs } = field;
  const from = Math.floor(fromMs / bucketMs) * bucketMs;
  const to = Math.max(from + bucketMs, Math.ceil(toMs / bucketMs) * bucketMs);
  return { fromMs: Math.max(from, field.fromMs), toMs: Math.min(to, field.toMs) };
}

/** Where a span lies on the chart, in pixels. */
export function placed({ fromMs, toMs }: TimeSpan, field: BrushField): { readonly x: number; readonly width: number } {
  const scale = field.width / Math.max(1, field.toMs - field.fromMs);
  return { x: (fromMs - field.fromMs) * scale, width: Math.max(1, (toMs - fromMs) * scale) };
}

/** Buckets that a key moves an edge by; a whole chart for Home and End; `null` for a key that moves nothing. */
const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Moves one edge of a span by a key, never past the other; `null` when the key means nothing here. */
export function nudged(span: TimeSpan, edge: keyof TimeSpan, key: string, field: BrushField): TimeSpan | null {
  const step = steps[key];
  if (step === undefined) return null;
  const { bucketMs } = field;
  // From an edge that lies within a bucket, such as now, one step leads to that bucket's own edge.
  const moved = step < 0 ? Math.ceil(span[edge] / bucketMs) + step : Math.floor(span[edge] / bucketMs) + step;
  const ms = moved * bucketMs;
  if (edge === "fromMs") return { ...span, fromMs: Math.max(field.fromMs, Math.min(ms, span.toMs - bucketMs)) };
  return { ...span, toMs: Math.min(field.toMs, Math.max(ms, span.fromMs + bucketMs)) };
}
