/** Opens the SQLite store: one writer thread and two reader threads. */
import type { KeeperLog } from "@lastbeat/core";
import { failure } from "../contract/errors.ts";
import type { StoredMessage } from "../contract/push.ts";
import { filterOf, type WebhookFilter } from "../webhooks/webhook.ts";
import { canonicalPath } from "./canonicalPath.ts";
import { eachBatch } from "./read/eachBatch.ts";
import { ACTION_EVENT } from "./read/operatorReads.ts";
import { ReaderThread } from "./read/readerThread.ts";
import { QUERY_LIMIT_MS } from "./read/timeLimit.ts";
import type { AuditStore, EndStore, MessageStore, OperatorStore, RevisionStore, Store, WebhookStore } from "./store.ts";
import { staleRevision } from "./storeErrors.ts";
import type { Durability, ReaderStart, WriteKind, WriteOutcome } from "./workerMessages.ts";
import { createSqliteLedger } from "./write/queuedLedger.ts";
import { type StoreLog, startWriter, type WriterThread } from "./write/writerThread.ts";

export interface StoreOptions {
  /** The database file. It and its folder are created if missing. */
  readonly file: string;
  /** Days for which ended sessions and chat messages are kept; 0 keeps them for ever. */
  readonly retentionDays: number;
  /** Number of queued records at which openings are refused. */
  readonly queueLimit: number;
  /**
   * What a commit survives. `process`: a crash of the server, including `kill -9`. After a power cut the last moments may be missing, but
   * the database stays consistent. `power`: a power cut too, at the cost of one disk flush per commit.
   */
  readonly durability: Durability;
  /** Copies of the database to keep from before upgrades; 0 makes none. Default: 3. */
  readonly upgradeCopies?: number;
  /** Webhooks that are told of ends; default: none. */
  readonly webhooks?: readonly WebhookFilter[];
  /** The server's version, recorded with its start. */
  readonly bootVersion: string;
  /** Time limit for queries. Default: 5 s. */
  readonly queryLimitMs?: number;
  /** The wall clock at the time of opening, for tests. It advances normally from there. */
  readonly now?: () => number;
  readonly log: KeeperLog;
}

/**
 * Opens the store. Sessions that a crashed server left open are ended before this resolves.
 * @throws {LastbeatError} `database_unusable` with a one-line message that says what to do.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { retentionDays, queueLimit, durability, bootVersion, upgradeCopies = 3 } = options;
  const webhooks = (options.webhooks ?? []).map(filterOf);
  const log: StoreLog = (level, message) => options.log[level](message);
  const file = canonicalPath(options.file);
  const clockOffsetMs = options.now === undefined ? 0 : options.now() - Date.now();
  const start = {
    file,
    pid: process.pid,
    version: bootVersion,
    durability,
    retentionDays,
    upgradeCopies,
    webhooks,
    clockOffsetMs,
  };
  const writer = await startWriter({ start, queueLimit, log });
  const { opened } = writer;
  if (opened.upgradeCopy !== null)
    log("info", `The database was upgraded; as the previous version left it, it is kept in ${opened.upgradeCopy}`);
  if (opened.crashedSessions > 0)
    log("warn", `${opened.crashedSessions} sessions of a server that died were ended as server_crashed`);
  return composeStore(writer, { log, reader: { file, queryLimitMs: options.queryLimitMs ?? QUERY_LIMIT_MS } });
}

function composeStore(
  writer: WriterThread,
  { reader, log }: { readonly reader: Omit<ReaderStart, "yields">; readonly log: StoreLog },
): Store {
  // Two readers, so that an operator's query over millions of rows delays neither chat messages nor heartbeats.
  const quick = new ReaderThread({ ...reader, yields: false });
  const slow = new ReaderThread({ ...reader, yields: true });
  const ledger = createSqliteLedger(writer, log);
  const closeAll = async () => {
    await writer.close();
    await Promise.all([quick.close(), slow.close()]);
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  return {
    ledger: { ...ledger, close },
    ends: endStore(quick, slow),
    messages: messageStore(writer, quick),
    revisions: revisionStore(writer, quick),
    webhooks: webhookStore(writer, slow),
    operators: operatorStore(writer, quick),
    audit: auditStore(writer, slow, log),
    retention: writer.retention,
    system: (pausesSinceMs) => slow.ask("system", pausesSinceMs),
    queued: () => writer.queue.length,
    writeTotals: writer.queue.totals,
    onCommit(listener) {
      writer.queue.onCommit = listener;
    },
    crashedSessions: writer.opened.crashedSessions,
    close,
  };
}

function endStore(quick: ReaderThread, slow: ReaderThread): EndStore {
  return {
    page: (query) => slow.ask("page", query),
    stats: (query) => slow.ask("stats", query),
    get: (sessionId) => quick.ask("get", sessionId),
    timeline: (sessionId) => quick.ask("timeline", sessionId),
    timelinePage: (asked) => quick.ask("timelinePage", asked),
    each: (query) => eachBatch((page) => slow.ask("rows", page), query),
  };
}

function messageStore(writer: WriterThread, reader: ReaderThread): MessageStore {
  return {
    async append(message) {
      const outcome = await write(writer, "message", message);
      if (outcome !== undefined && "value" in outcome) return outcome.value as StoredMessage;
      throw new Error(`the message ${message.id} was not stored: ${outcome?.detail ?? "no answer"}`);
    },
    history: (room, limit, beforeSeq) =>
      reader.ask("messages", beforeSeq === undefined ? { room, limit } : { room, limit, beforeSeq }),
  };
}

function webhookStore(writer: WriterThread, reader: ReaderThread): WebhookStore {
  return {
    counts: () => reader.ask("deliveryCounts", null),
    dead: (asked) => reader.ask("deadDeliveries", asked),
    async change(change) {
      const outcome = await write(writer, "delivery", change);
      if (outcome === undefined) return 0;
      if ("value" in outcome) return Number(outcome.value);
      throw new Error(outcome.detail);
    },
  };
}

function revisionStore(writer: WriterThread, reader: ReaderThread): RevisionStore {
  return {
    list: (limit) => reader.ask("revisions", limit),
    current: () => reader.ask("currentSettings", null),
    async append(revision) {
      const outcome = await write(writer, "revision", revision);
      if (outcome === undefined || !("error" in outcome)) return;
      if (outcome.error === "stale_revision") throw staleRevision(Number(outcome.detail));
      throw new Error(`revision ${revision.revision} was not stored: ${outcome.detail}`);
    },
  };
}

function operatorStore(writer: WriterThread, reader: ReaderThread): OperatorStore {
  return {
    all: () => reader.ask("operators", null),
    async save(record) {
      const outcome = await write(writer, "operator", record);
      if (outcome !== undefined && "error" in outcome)
        throw new Error(`an operator's ${record.kind} was not stored: ${outcome.detail}`);
    },
  };
}

function auditStore(writer: WriterThread, reader: ReaderThread, log: StoreLog): AuditStore {
  return {
    page: (query) => reader.ask("audit", query),
    record({ sessionId, ...action }, atMs) {
      const event = { atMs, sessionId, event: { type: ACTION_EVENT, ...action } };
      const lost = (error: unknown) => log("error", `An operator's action ${action.action} was not recorded: ${String(error)}`);
      write(writer, "event", event).catch(lost);
    },
  };
}

function write(writer: WriterThread, kind: WriteKind, record: object): Promise<WriteOutcome | undefined> {
  return new Promise((settled, reject) => {
    const refused = (cause: string) => reject(failure("unavailable", `the database cannot be written now: ${cause}`));
    writer.queue.add({ kind, record: JSON.stringify(record), settled, refused });
  });
}
