/** A store without a database, for tests of everything in front of it. */
import { createMemoryLedger, type LedgerEntry, type MemoryLedger } from "@lastbeat/core";
import type { AuditEntry } from "../contract/audit.ts";
import type { StoredOperator, StoredSignIn } from "../contract/operators.ts";
import type { StoredMessage } from "../contract/push.ts";
import type { EndView, SettingsRevision } from "../contract/views.ts";
import type { AuditStore, EndStore, MessageStore, OperatorStore, RevisionStore, Store } from "../ledger/store.ts";
import { staleRevision } from "../ledger/storeErrors.ts";
import { Distribution } from "../metrics/distribution.ts";

export interface MemoryStore extends Store {
  readonly ledger: MemoryLedger;
}

export function createMemoryStore(): MemoryStore {
  const ledger = createMemoryLedger();
  return {
    ledger,
    ends: memoryEnds(ledger),
    messages: memoryMessages(),
    revisions: memoryRevisions(),
    webhooks: { counts: async () => [], dead: async () => ({ deliveries: [], nextCursor: null }), change: async () => 0 },
    operators: memoryOperators(),
    audit: memoryAudit(),
    retention: { state: () => null, looked: () => {} },
    system: async () => ({ boots: [], pauses: [], oldestEndAtMs: null, usedBytes: 0, freeBytes: 0, sqliteVersion: "none" }),
    queued: () => 0,
    writeTotals: { commits: new Distribution([]), records: 0, failures: 0 },
    onCommit: () => {},
    crashedSessions: 0,
    close: () => ledger.close(),
  };
}

function endViewOf({ opened, ended }: LedgerEntry): EndView[] {
  return ended === null ? [] : [{ ...opened, ...ended }];
}

function memoryEnds(ledger: MemoryLedger): EndStore {
  const all = () => ledger.entries().flatMap(endViewOf).reverse();
  return {
    async page({ reason, limit }) {
      const rows = all().filter((end) => reason === undefined || reason.includes(end.reason));
      return { rows: rows.slice(0, limit), nextCursor: null, total: rows.length, totalIsAtLeast: false };
    },
    async stats() {
      const total = all().length;
      return {
        total,
        byTier: {},
        byReason: {},
        bucketMs: 0,
        buckets: [],
        detectionMedianMs: null,
        detectionP99Ms: null,
        detectionIsExact: true,
        late: {},
      };
    },
    get: async (id) => all().find(({ sessionId }) => sessionId === id) ?? null,
    timeline: async () => [],
    timelinePage: async () => ({ entries: [], nextAfter: null }),
    async *each() {
      yield all();
    },
  };
}

function memoryMessages(): MessageStore {
  const messages: StoredMessage[] = [];
  return {
    async append(message) {
      const found = messages.find(({ id }) => id === message.id);
      const stored = found ?? { ...message, seq: messages.length + 1 };
      if (found === undefined) messages.push(stored);
      return stored;
    },
    history: async (room, limit, beforeSeq = Number.POSITIVE_INFINITY) =>
      messages.filter((message) => message.room === room && message.seq < beforeSeq).slice(-limit),
  };
}

function memoryOperators(): OperatorStore {
  const accounts = new Map<string, StoredOperator>();
  const signIns = new Map<string, StoredSignIn>();
  return {
    all: async () => ({ accounts: [...accounts.values()], signIns: [...signIns.values()] }),
    async save(record) {
      if (record.kind === "account") accounts.set(record.account.name, record.account);
      else if (record.kind === "signIn") signIns.set(record.signIn.id, record.signIn);
      else for (const id of record.ids) signIns.delete(id);
    },
  };
}

function memoryAudit(): AuditStore {
  const entries: AuditEntry[] = [];
  return {
    record: (record, atMs) => void entries.push({ ...record, atMs, seq: entries.length + 1 }),
    async page({ action, by, limit }) {
      const found = entries.filter((one) => (action?.includes(one.action) ?? true) && (by === undefined || one.by === by));
      return { entries: found.toReversed().slice(0, limit), nextCursor: null };
    },
  };
}

function memoryRevisions(): RevisionStore {
  const revisions: SettingsRevision[] = [];
  return {
    list: async (limit) => revisions.toReversed().slice(0, limit),
    current: async () => ({ revision: revisions.length, values: Object.assign({}, ...revisions.map(({ after }) => after)) }),
    async append(revision) {
      if (revision.revision !== revisions.length + 1) throw staleRevision(revisions.length);
      revisions.push(revision);
    },
  };
}
