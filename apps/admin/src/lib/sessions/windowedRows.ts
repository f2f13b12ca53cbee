/** Which rows of a long list stand in the visible part of its scroller. Pure. */
export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  readonly offsetPx: number;
  readonly totalPx: number;
}

export interface Scroller {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
}

/** Rows kept above and below the visible part, so that fast scrolling shows no blank. */
const OVERSCAN = 8;

export function rowWindow(count: number, { scrollTop, height, rowHeight }: Scroller): RowWindow {
  const totalPx = count * rowHeight;
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, totalPx - height));
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  return { first, end, offsetPx: first * rowHeight, totalPx };
}
