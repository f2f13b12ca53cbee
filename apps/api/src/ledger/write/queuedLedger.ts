/** The SQLite implementation of core's ledger. Queues writes and waits for the writer thread. */
import {
  type Ledger,
  type LedgerEvent,
  ledgerUnavailable,
  type SessionEnd,
  type SessionOpening,
  sessionIdTaken,
} from "@lastbeat/core";
import { failure } from "../../contract/errors.ts";
import type { WriteKind, WriteOutcome } from "../workerMessages.ts";
import type { Write } from "./writeQueue.ts";
import type { StoreLog, WriterThread } from "./writerThread.ts";

export function createSqliteLedger(writer: WriterThread, log: StoreLog): Ledger {
  const { queue } = writer;
  return {
    opened: (record) => new Promise((resolve, reject) => queue.add(new OpeningWrite(record, resolve, reject))),
    ended: (record) => new Promise((resolve, reject) => queue.add(new EndWrite(record, resolve, reject))),
    event: (event) => queue.add(new EventWrite(event, log)),
    health: () => queue.health(),
    close: () => writer.close(),
  };
}

type Resolve = () => void;
type Reject = (error: Error) => void;
type RefusedOutcome = Extract<WriteOutcome, { readonly error: string }>;

/** Somebody waits for it. A class, because one promise and one object per session is all that waits while thousands connect. */
abstract class AwaitedWrite implements Write {
  abstract readonly kind: WriteKind;
  readonly record: string;
  protected readonly sessionId: string;
  readonly #resolve: Resolve;
  readonly #reject: Reject;

  constructor(record: SessionOpening | SessionEnd, resolve: Resolve, reject: Reject) {
    this.record = JSON.stringify(record);
    this.sessionId = record.sessionId;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  settled(outcome: WriteOutcome | undefined): void {
    if (outcome === undefined || !("error" in outcome)) return this.#resolve();
    this.#reject(this.unstorable(outcome));
  }

  refused(cause: string): void {
    this.#reject(this.unavailable(cause));
  }

  protected abstract unstorable(outcome: RefusedOutcome): Error;
  protected abstract unavailable(cause: string): Error;
}

class OpeningWrite extends AwaitedWrite {
  readonly kind = "opened";

  protected unstorable({ error, detail }: RefusedOutcome): Error {
    return error === "session_id_taken" ? sessionIdTaken(this.sessionId) : ledgerUnavailable(detail);
  }

  protected unavailable(cause: string): Error {
    return ledgerUnavailable(cause);
  }
}

class EndWrite extends AwaitedWrite {
  readonly kind = "ended";

  protected unstorable({ detail }: RefusedOutcome): Error {
    return new Error(`the end of ${this.sessionId} cannot be stored: ${detail}`);
  }

  protected unavailable(cause: string): Error {
    return failure("unavailable", cause);
  }
}

class EventWrite implements Write {
  readonly kind = "event";
  readonly record: string;
  readonly #type: string;
  readonly #log: StoreLog;

  constructor(event: LedgerEvent, log: StoreLog) {
    this.record = JSON.stringify(event);
    this.#type = event.event.type;
    this.#log = log;
  }

  settled(outcome: WriteOutcome | undefined): void {
    if (outcome !== undefined && "error" in outcome)
      this.#log("error", `an event ${this.#type} cannot be stored: ${outcome.detail}`);
  }

  refused(cause: string): void {
    this.#log("warn", `an event ${this.#type} came too late: ${cause}`);
  }
}
