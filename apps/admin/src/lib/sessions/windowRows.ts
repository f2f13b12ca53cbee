/** The rows of a window as they come to be, update by update. Pure. */
import type { LiveRow, LiveWindowUpdate } from "@lastbeat/api";

export interface WindowRows {
  readonly total: number;
  /** Place of the first row that is here. */
  readonly offset: number;
  /** `null` for a session that ended before this page saw it. */
  readonly ids: readonly (string | null)[];
  readonly rows: ReadonlyMap<string, LiveRow>;
  /** Rows that are held although their sessions have ended. */
  readonly ended: ReadonlySet<string>;
  /** How many sessions came, left or moved since rows are held. */
  readonly changes: number;
}

/** What is so after an update. Rows that no longer stand in the window are forgotten, as the server forgets them. */
export function applied(before: WindowRows | null, update: LiveWindowUpdate): WindowRows {
  const ids = update.ids ?? before?.ids ?? [];
  const changed = new Map(update.rows.map((row) => [row.id, row]));
  const rows = new Map<string, LiveRow>();
  for (const id of ids) {
    if (id === null) continue;
    const known = before?.rows.get(id);
    const change = changed.get(id);
    const row = change === undefined ? known : ({ ...known, ...change } as LiveRow);
    if (row !== undefined) rows.set(id, row);
  }
  const { total, offset, changes, ended } = update;
  return { total, offset, ids, rows, ended: new Set(ended), changes };
}

export type ShownRow =
  | { readonly kind: "live" | "ended"; readonly key: string; readonly row: LiveRow }
  | { readonly kind: "gone" | "waiting"; readonly key: string };

/** What stands at a place of the table: a row, one that has ended, or one that is still on its way. */
export function rowAt(window: WindowRows, place: number): ShownRow {
  const id = window.ids[place - window.offset];
  if (id === undefined || place < window.offset) return { kind: "waiting", key: `place ${place}` };
  const row = id === null ? undefined : window.rows.get(id);
  if (id === null || row === undefined) return { kind: "gone", key: `place ${place}` };
  return { kind: window.ended.has(id) ? "ended" : "live", key: id, row };
}
