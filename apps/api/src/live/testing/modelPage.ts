/** A page that knows only what it was sent. */
import { expect } from "vitest";
import type { LiveRow, LiveWindowUpdate } from "../../contract/liveWindow.ts";

export class ModelPage {
  ids: readonly (string | null)[] = [];
  rows = new Map<string, LiveRow>();
  ended = new Set<string>();
  last: LiveWindowUpdate | null = null;

  take(update: LiveWindowUpdate): void {
    this.last = update;
    this.ids = update.ids ?? this.ids;
    for (const row of update.rows) this.rows.set(row.id, { ...this.rows.get(row.id), ...row } as LiveRow);
    const kept = new Set(this.ids);
    for (const id of [...this.rows.keys()]) if (!kept.has(id)) this.rows.delete(id);
    this.ended = new Set(update.ended);
    // Every row that is shown was sent.
    expect([...this.rows.keys()].sort()).toEqual(this.ids.filter((id) => id !== null).sort());
  }
}
