/** The writer thread, the only place that changes the database. Started by `writerThread.ts`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { ServerEvent } from "@lastbeat/core";
import type Database from "better-sqlite3";
import type { WebhookFilter } from "../../webhooks/webhook.ts";
import { makeFolder, openForWriting } from "../openDatabase.ts";
import { openFailure, writeFailure } from "../storeErrors.ts";
import { createCheckpointer } from "../upkeep/checkpointer.ts";
import { type DatabaseLock, lockDatabase } from "../upkeep/databaseLock.ts";
import { beginBoot, endCrashedSessions } from "../upkeep/reconcile.ts";
import { newestKnownMs, startRetention } from "../upkeep/retentionUpkeep.ts";
import { copyBeforeUpgrade } from "../upkeep/upgradeCopies.ts";
import type { FromWriter, OpenedLedger, ToWriter, WriteGroup, WriterStart } from "../workerMessages.ts";
import { createGroupWriter, type GroupWriter } from "./groupWriter.ts";

/** Maximum age of the alive timestamp while the server runs. */
const ALIVE_EVERY_MS = 1_000;
/** Records, counting a group as at least one, after which the length of the write-ahead log is looked at. */
const CHECKPOINT_RECORDS = 100;

const start = workerData as WriterStart;
const port = parentPort as MessagePort;
const say = (message: FromWriter) => port.postMessage(message);
const nowMs = () => Date.now() + start.clockOffsetMs;

const names = (webhooks: readonly WebhookFilter[]) => webhooks.map(({ name }) => name);

interface Opened extends OpenedLedger {
  readonly database: Database.Database;
  readonly lock: DatabaseLock;
  readonly boot: number;
  readonly writer: GroupWriter;
  /** The newest time known to the ledger before this start. */
  readonly knownMs: number | null;
  /** Writes the alive timestamp. */
  readonly alive: () => void;
}

async function open(): Promise<Opened> {
  makeFolder(start.file);
  const lock = lockDatabase(start.file, start.pid);
  let database: Database.Database | undefined;
  let upgradeCopy: string | null = null;
  const keepCopy = (older: Database.Database) => {
    upgradeCopy = copyBeforeUpgrade(older, { file: start.file, keep: start.upgradeCopies, nowMs: nowMs() });
  };
  try {
    database = await openForWriting(start.file, start.durability, keepCopy);
    return { lock, upgradeCopy, ...beginOrResume(database) };
  } catch (thrown) {
    database?.close();
    lock.release();
    throw thrown;
  }
}

function grown(bytes: number): string {
  const megabytes = Math.round(bytes / 2 ** 20);
  return `the database's write-ahead log has grown to ${megabytes} MB: a query, here or in another program, keeps it from being truncated`;
}

/** Reconciliation, the new boot and its event form one transaction, so that a failed start leaves the database unchanged. */
function beginOrResume(database: Database.Database): Omit<Opened, "lock" | "upgradeCopy"> {
  const begin = database.transaction((): Omit<Opened, "lock" | "upgradeCopy"> => {
    const knownMs = newestKnownMs(database);
    const boot = start.resumeBoot ?? beginBoot(database, { pid: start.pid, version: start.version, nowMs: nowMs() });
    const stamp = database.prepare("UPDATE boots SET alive_at_ms = ? WHERE id = ?");
    const alive = () => {
      stamp.run(nowMs(), boot);
    };
    const writer = createGroupWriter(database, { boot, nowMs, webhooks: start.webhooks });
    if (start.resumeBoot !== null) return { database, boot, writer, alive, knownMs, crashedSessions: 0 };
    const crashedSessions = endCrashedSessions(database, writer.ends, nowMs());
    writer.ends.countUp();
    writer.event({ atMs: nowMs(), sessionId: null, event: { type: "started", version: start.version } });
    return { database, boot, writer, alive, knownMs, crashedSessions };
  });
  return begin.immediate();
}

function serve({ database, lock, boot, writer, alive, knownMs, crashedSessions, upgradeCopy }: Opened): void {
  const note = (event: ServerEvent) => writer.event({ atMs: nowMs(), sessionId: null, event });
  const { retentionDays: days, webhooks } = start;
  const retention = startRetention(database, knownMs, { days, webhooks: names(webhooks), wallMs: nowMs, say, note });
  const checkpointer = createCheckpointer(database, {
    onGrown: (bytes) => say({ type: "log", level: "warn", message: grown(bytes) }),
  });
  let aliveAtMs = nowMs();
  let sinceCheckpoint = 0;

  function write(group: WriteGroup): void {
    try {
      const outcomes = writer.write(group);
      aliveAtMs = nowMs();
      say({ type: "committed", outcomes });
    } catch (thrown) {
      say({ type: "failed", cause: writeFailure(thrown) });
    }
    sinceCheckpoint += Math.max(1, group.ops.length);
    if (sinceCheckpoint < CHECKPOINT_RECORDS) return;
    sinceCheckpoint = 0;
    checkpointer.afterCommit();
  }

  /** Also detects whether the database is writable while nothing else is written. */
  function proveLife(): void {
    if (Math.abs(nowMs() - aliveAtMs) < ALIVE_EVERY_MS * 0.9) return;
    try {
      alive();
      aliveAtMs = nowMs();
      say({ type: "alive", cause: null });
    } catch (thrown) {
      say({ type: "alive", cause: writeFailure(thrown) });
    }
  }

  function close(): void {
    clearInterval(living);
    retention.stop();
    try {
      database.transaction(() => {
        note({ type: "stopped" });
        database.prepare("UPDATE boots SET alive_at_ms = ?, stopped_at_ms = ? WHERE id = ?").run(nowMs(), nowMs(), boot);
      })();
    } catch (thrown) {
      say({ type: "log", level: "error", message: `the stop could not be written: ${writeFailure(thrown)}` });
    }
    database.close();
    lock.release();
    say({ type: "closed" });
    port.close();
  }

  port.on("message", (message: ToWriter) => {
    if (message.type === "group") write(message);
    else if (message.type === "looked") retention.looked(message.operator);
    else close();
  });
  const living = setInterval(proveLife, ALIVE_EVERY_MS / 2);
  say({ type: "ready", boot, crashedSessions, upgradeCopy });
}

try {
  serve(await open());
} catch (thrown) {
  const { message, data } = openFailure(start.file, thrown);
  say({ type: "refused", message, problem: data?.problem ?? "failed", holderPid: data?.holderPid ?? null });
  port.close();
}
