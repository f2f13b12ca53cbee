/** Moving through the rows of a long list by keyboard. Pure. */

export interface Place {
  readonly place: number;
  readonly count: number;
  /** Rows that a page up or down moves by. */
  readonly page: number;
}

/** The row that a key leads to; `null` for other keys. */
export function placeAfterKey(key: string, { place, count, page }: Place): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: place + 1,
    ArrowUp: place - 1,
    PageDown: place + page,
    PageUp: place - page,
    Home: 0,
    End: count - 1,
  };
  const next = Object.hasOwn(moves, key) ? moves[key] : undefined;
  return next === undefined ? null : Math.max(0, Math.min(count - 1, next));
}

/** How far to scroll so that a row is wholly in sight, and no further than it takes. */
export function scrollTopFor(
  place: number,
  { scrollTop, height, rowHeight }: { readonly scrollTop: number; readonly height: number; readonly rowHeight: number },
): number {
  const top = place * rowHeight;
  return Math.max(Math.min(scrollTop, top), top + rowHeight - height);
}
