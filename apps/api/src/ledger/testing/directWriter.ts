/** The writer's own code without its thread: for tests that need thousands of rows, or a failure at a chosen place. */
import type { LedgerEvent, SessionEnd, SessionOpening } from "@lastbeat/core";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import type Database from "better-sqlite3";
import type { WebhookFilter } from "../../webhooks/webhook.ts";
import { openForWriting } from "../openDatabase.ts";
import { createTimeLimit } from "../read/timeLimit.ts";
import { beginBoot } from "../upkeep/reconcile.ts";
import type { WriteOp, WriteOutcome } from "../workerMessages.ts";
import { createGroupWriter } from "../write/groupWriter.ts";

export interface EndedSession {
  readonly opened?: Partial<SessionOpening>;
  readonly ended?: Partial<SessionEnd>;
}

export interface DirectWriter extends Disposable {
  readonly database: Database.Database;
  write(ops: readonly WriteOp[]): WriteOutcome[];
  /** Writes a group under a number of the test's choice. */
  writeAs(number: number, ops: readonly WriteOp[]): WriteOutcome[];
  /** Writes sessions that have ended, in one transaction. */
  ended(sessions: ReadonlyMap<string, EndedSession>): void;
  /** What the next transaction throws right before its commit. */
  failNext(error: Error): void;
}

/** Opens a database, made when there is none, and begins a boot in it. */
export async function directWriter(file: string, webhooks: readonly WebhookFilter[] = []): Promise<DirectWriter> {
  const database = await openForWriting(file, "process");
  createTimeLimit(database);
  let failure: Error | null = null;
  const beforeCommit = () => {
    const thrown = failure;
    failure = null;
    if (thrown !== null) throw thrown;
    return Date.now();
  };
  const boot = beginBoot(database, { pid: process.pid, version: "0.0.1", nowMs: Date.now() });
  const writer = createGroupWriter(database, { boot, nowMs: beforeCommit, webhooks });
  let number = 0;
  const write = (ops: readonly WriteOp[]) => {
    number += 1;
    return writer.write({ number, ops });
  };
  return {
    database,
    write,
    writeAs: (as, ops) => writer.write({ number: as, ops }),
    ended: (sessions) => {
      write([...sessions].flatMap(([id, session]) => endedOps(id, session)));
    },
    failNext: (error) => {
      failure = error;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

/** The writes of one session from its opening to its end. */
export function endedOps(sessionId: string, { opened, ended }: EndedSession = {}): WriteOp[] {
  return [openedOp(sessionId, opened), endedOp(sessionId, ended)];
}

export function endedOp(sessionId: string, changes: Partial<SessionEnd> = {}): WriteOp {
  return ["ended", JSON.stringify(sampleEnded(sessionId, changes))];
}

export function openedOp(sessionId: string, changes: Partial<SessionOpening> = {}): WriteOp {
  return ["opened", JSON.stringify(sampleOpened(sessionId, changes))];
}

export function eventOp(event: LedgerEvent): WriteOp {
  return ["event", JSON.stringify(event)];
}
