/** A ledger that keeps everything in memory: for embedding without a database, and for tests. */

import {
  type Ledger,
  type LedgerEvent,
  type LedgerHealth,
  type SessionEnd,
  type SessionOpening,
  sessionIdTaken,
} from "./ledger.ts";

export interface MemoryLedgerOptions {
  /** Ended sessions kept, oldest dropped first; default 10,000. */
  readonly keepEnded?: number;
  /** Events kept, oldest dropped first; default 10,000. */
  readonly keepEvents?: number;
}

export interface LedgerEntry {
  readonly opened: SessionOpening;
  readonly ended: SessionEnd | null;
}

export interface MemoryLedger extends Ledger {
  /** Every session kept: first the ended ones in order of ending, then the open ones in order of opening. */
  entries(): LedgerEntry[];
  entry(sessionId: string): LedgerEntry | undefined;
  events(): readonly LedgerEvent[];
}

/** Creates an in-memory ledger, bounded by the options. */
export function createMemoryLedger({ keepEnded = 10_000, keepEvents = 10_000 }: MemoryLedgerOptions = {}): MemoryLedger {
  const open = new Map<string, SessionOpening>();
  const ended = new Map<string, LedgerEntry>();
  const events: LedgerEvent[] = [];
  const accepting: LedgerHealth = { accepting: true };

  return {
    async opened(record) {
      if (open.has(record.sessionId) || ended.has(record.sessionId)) throw sessionIdTaken(record.sessionId);
      open.set(record.sessionId, record);
    },
    async ended(record) {
      const opened = open.get(record.sessionId);
      if (opened === undefined) return;
      open.delete(record.sessionId);
      ended.set(record.sessionId, { opened, ended: record });
      dropOldest(ended, keepEnded);
    },
    event(event) {
      events.push(event);
      if (events.length > 2 * keepEvents) events.splice(0, events.length - keepEvents);
    },
    health: () => accepting,
    async close() {},
    entries: () => [...ended.values(), ...[...open.values()].map((opened) => ({ opened, ended: null }))],
    entry(sessionId) {
      const opened = open.get(sessionId);
      return opened === undefined ? ended.get(sessionId) : { opened, ended: null };
    },
    events: () => events.slice(-keepEvents),
  };
}

function dropOldest(map: Map<string, unknown>, keep: number): void {
  for (const key of map.keys()) {
    if (map.size <= keep) return;
    map.delete(key);
  }
}
