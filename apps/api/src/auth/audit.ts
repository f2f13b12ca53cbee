/** Records what operators do as events of the ledger (rule OPS8). Failed sign-ins are folded: a guesser adds a few rows, not thousands. */
import { addressGroup } from "@lastbeat/core";
import type { AuditAction, AuditRecord } from "../contract/audit.ts";
import type { EndView, SettingsRevision } from "../contract/views.ts";
import type { AuditStore } from "../ledger/store.ts";

/** Who did something, and from where. */
export interface Actor {
  readonly name: string;
  readonly address: string;
}

type Details = Partial<Pick<AuditRecord, "target" | "sessionId" | "before" | "after" | "count">>;

const FOLD_MS = 60_000;
/** Pairs of address and account counted at a time. */
const FOLDED = 1_000;
const CROWD = "crowd";

interface Fold {
  readonly actor: Actor;
  readonly target: string;
  readonly sinceMs: number;
  /** Not recorded yet. */
  count: number;
}

export class Audit {
  readonly #store: AuditStore;
  readonly #now: () => number;
  readonly #folds = new Map<string, Fold>();

  constructor(store: AuditStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  record(action: AuditAction, { name, address }: Actor, details: Details = {}): void {
    const { target = "", sessionId = null, before = null, after = null, count = 1 } = details;
    this.#store.record({ action, by: name, address, target, sessionId, before, after, count }, this.#now());
  }

  /** @param restored the revision that was restored; `null` for new values. */
  settingsSaved({ revision, before, after }: SettingsRevision, by: Actor, restored: number | null): void {
    const target = `revision ${revision}`;
    this.record(restored === null ? "settings_changed" : "settings_restored", by, { target, before, after });
  }

  /**
   * A failed sign-in. The first is recorded at once, those of the next minute in one entry with their number.
   * @param target the account; "" for a name that no account has, which may be a password typed into the wrong field.
   */
  signInFailed(address: string, target: string): void {
    this.flush(this.#now() - FOLD_MS);
    // One IPv6 network has as many addresses as it likes.
    const from = `${addressGroup(address)} ${target}`;
    const known = this.#folds.get(from);
    // Guesses from a thousand addresses at once are one fold.
    const isCrowd = known === undefined && this.#folds.size >= FOLDED;
    const key = isCrowd ? CROWD : from;
    const fold = known ?? this.#folds.get(key);
    if (fold !== undefined) {
      fold.count += 1;
      return;
    }
    const actor = { name: "", address: isCrowd ? "" : address };
    const of = isCrowd ? "" : target;
    this.record("sign_in_failed", actor, { target: of });
    this.#folds.set(key, { actor, target: of, sinceMs: this.#now(), count: 0 });
  }

  /** Records what was folded since before `beforeMs`; all of it by default. */
  flush(beforeMs = Number.POSITIVE_INFINITY): void {
    for (const [key, { actor, target, sinceMs, count }] of this.#folds) {
      if (sinceMs > beforeMs) continue;
      this.#folds.delete(key);
      if (count > 0) this.record("sign_in_failed", actor, { target, count });
    }
  }
}

/** The details of a session's end by an operator. */
export function sessionEnded({ sessionId, user, note }: EndView): Details {
  return { target: user, sessionId, after: { note } };
}
