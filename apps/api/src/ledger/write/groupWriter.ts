/** Applies a group of writes in one transaction: either all of it is stored, once, or nothing is and the error is thrown. */
import type { LedgerEvent, SessionEnd, SessionOpening } from "@lastbeat/core";
import type Database from "better-sqlite3";
import type { StoredMessage } from "../../contract/push.ts";
import type { SettingsRevision } from "../../contract/views.ts";
import type { WebhookFilter } from "../../webhooks/webhook.ts";
import { insertInto } from "../rows.ts";
import { messages, sessions, settingsRevisions } from "../schema.sqlite.ts";
import { isRecordError, sqliteCode } from "../storeErrors.ts";
import type { WriteGroup, WriteKind, WriteOp, WriteOutcome } from "../workerMessages.ts";
import { createDeliveryChanger, createDeliveryWriter } from "./deliveryWriter.ts";
import { createEndWriter, type EndWriter } from "./endWriter.ts";
import { createEventWriter } from "./eventWriter.ts";
import { createOperatorWriter } from "./operatorWriter.ts";

export interface GroupWriter {
  readonly ends: EndWriter;
  /** Idempotent: a group that is already stored is only answered. */
  write(group: WriteGroup): WriteOutcome[];
  event(event: LedgerEvent): void;
}

/** A write refused for a reason that its caller handles. */
class Refused extends Error {
  readonly error: "session_id_taken" | "stale_revision";
  constructor(error: Refused["error"], detail: string) {
    super(detail);
    this.error = error;
  }
}

export interface GroupWriterOptions {
  readonly boot: number;
  /** The wall clock, asked right before each commit, since a commit proves that the server is alive. */
  readonly nowMs: () => number;
  readonly webhooks?: readonly WebhookFilter[];
}

export function createGroupWriter(database: Database.Database, { boot, nowMs, webhooks = [] }: GroupWriterOptions): GroupWriter {
  const ends = createEndWriter(database, createDeliveryWriter(database, webhooks));
  const numbers = createGroupNumbers(database, boot);
  const event = createEventWriter(database);
  const opened = createOpenedWriter(database, boot);
  const message = createMessageWriter(database);
  const revision = createRevisionWriter(database);
  const delivery = createDeliveryChanger(database);
  const operator = createOperatorWriter(database);
  const appliers: Readonly<Record<Exclude<WriteKind, "ended">, (record: string) => unknown>> = {
    opened: (record) => opened(JSON.parse(record)),
    event: (record) => event(JSON.parse(record)),
    message: (record) => message(JSON.parse(record)),
    revision: (record) => revision(JSON.parse(record)),
    delivery: (record) => delivery(JSON.parse(record)),
    operator: (record) => operator(JSON.parse(record)),
  };

  const applyAll = database.transaction(({ number, ops }: WriteGroup): WriteOutcome[] => {
    const refused = numbers.storedAs(number);
    if (refused !== null) return [...refused, ...storedMessages(ops)];
    const outcomes: WriteOutcome[] = [];
    const ended: SessionEnd[] = [];
    const places: number[] = [];
    for (const [at, [kind, record]] of ops.entries()) {
      if (kind === "ended") {
        ended.push(JSON.parse(record));
        places.push(at);
        continue;
      }
      const outcome = applyOne(() => appliers[kind](record), at);
      if (outcome !== null) outcomes.push(outcome);
    }
    // Together and last, because many ends in one statement cost half. An end never comes in the group of its opening before it.
    ends.end(ended, (at, thrown) => outcomes.push(unstorable(places[at] as number, thrown)));
    ends.countUp();
    numbers.note(number, outcomes, nowMs());
    return outcomes;
  });

  /** Only messages are answered with the stored record. Storing one again finds it by id. */
  function storedMessages(ops: readonly WriteOp[]): WriteOutcome[] {
    return ops.flatMap(([kind, record], at) => (kind === "message" ? [{ at, value: message(JSON.parse(record)) }] : []));
  }

  return {
    ends,
    event,
    write(group) {
      try {
        const outcomes = applyAll.immediate(group);
        numbers.committed(group.number);
        return outcomes;
      } finally {
        ends.forget();
      }
    },
  };
}

/** A record that cannot be stored gets its own outcome. A database error fails the whole group. */
function applyOne(apply: () => unknown, at: number): WriteOutcome | null {
  try {
    const value = apply();
    return value === undefined ? null : { at, value };
  } catch (thrown) {
    if (thrown instanceof Refused) return { at, error: thrown.error, detail: thrown.message };
    if (isRecordError(thrown)) return unstorable(at, thrown);
    throw thrown;
  }
}

function unstorable(at: number, thrown: unknown): WriteOutcome {
  return { at, error: "unstorable", detail: String(thrown) };
}

interface GroupNumbers {
  /** The refused writes of a stored group; `null` if the group is not stored. */
  storedAs(number: number): WriteOutcome[] | null;
  /** Call in the group's transaction. */
  note(number: number, outcomes: readonly WriteOutcome[], aliveAtMs: number): void;
  /** Call after it. */
  committed(number: number): void;
}

/**
 * Write groups are numbered within a boot, and the number is stored in the group's transaction. If a writer died between a commit and its
 * answer, the next one receives the same group again and finds here that it is stored.
 */
function createGroupNumbers(database: Database.Database, boot: number): GroupNumbers {
  const last = database.prepare<[number], number>("SELECT last_group FROM boots WHERE id = ?").pluck();
  const refusedOf = database.prepare<[number], string>("SELECT last_refused FROM boots WHERE id = ?").pluck();
  const note = database.prepare("UPDATE boots SET last_group = ?, last_refused = ?, alive_at_ms = ? WHERE id = ?");
  let stored = last.get(boot) ?? 0;
  return {
    storedAs: (number) => (number === stored ? JSON.parse(refusedOf.get(boot) ?? "[]") : null),
    note(number, outcomes, aliveAtMs) {
      const refused = outcomes.filter((outcome) => "error" in outcome);
      note.run(number, refused.length === 0 ? "[]" : JSON.stringify(refused), aliveAtMs, boot);
    },
    committed(number) {
      stored = number;
    },
  };
}

const insertSession = insertInto(sessions, ["id", "open"]);

function createOpenedWriter(database: Database.Database, boot: number): (record: SessionOpening) => void {
  const insert = database.prepare(insertSession.text());
  return (record) => {
    try {
      insert.run(insertSession.values({ ...record, boot }));
    } catch (thrown) {
      if (sqliteCode(thrown) === "SQLITE_CONSTRAINT_UNIQUE") throw new Refused("session_id_taken", record.sessionId);
      throw thrown;
    }
  };
}

const insertMessage = insertInto(messages, ["seq"]);

function createMessageWriter(database: Database.Database): (message: Omit<StoredMessage, "seq">) => StoredMessage | undefined {
  const insert = database.prepare(`${insertMessage.text()} ON CONFLICT (id) DO NOTHING`);
  const find = database.prepare<[string], StoredMessage>(
    "SELECT seq, id, room, session_id AS sessionId, user, user_id AS userId, text, sent_at_ms AS sentAtMs FROM messages WHERE id = ?",
  );
  return (message) => {
    insert.run(insertMessage.values(message));
    return find.get(message.id);
  };
}

const insertRevision = insertInto(settingsRevisions);

function createRevisionWriter(database: Database.Database): (revision: SettingsRevision) => void {
  const newest = database.prepare<[], number>("SELECT coalesce(max(revision), 0) FROM settings_revisions").pluck();
  const insert = database.prepare(insertRevision.text());
  return (revision) => {
    const last = newest.get() ?? 0;
    if (revision.revision !== last + 1) throw new Refused("stale_revision", String(last));
    insert.run(insertRevision.values(revision));
  };
}
