/** A session's resources, the release of one within a time limit (rule SES6), and the queue of failed releases. */
import type { FailedRelease } from "../ports/ledger.ts";
import { causeOf } from "../ports/thrown.ts";

/** How long the release of one resource may take, milliseconds of observed time. */
export const RELEASE_LIMIT_MS = 5_000;

export interface Resource {
  readonly name: string;
  readonly bytes: number;
  readonly target: Disposable | AsyncDisposable;
}

export interface Holdings {
  resources: Resource[];
  busy: string[];
  bytes: number;
}

/** Shared by all holdings without. Most have one resource, so that their list is made with it: an empty one grows to hold 17. */
const NO_RESOURCES: readonly Resource[] = Object.freeze([]);
const NOT_BUSY: readonly string[] = Object.freeze([]);

export function newHoldings(): Holdings {
  return { resources: NO_RESOURCES as Resource[], busy: NOT_BUSY as string[], bytes: 0 };
}

/** Adds a resource and returns it as its own identity for `giveUpResource`. */
export function addResource(holdings: Holdings, resource: Resource): Resource {
  if (holdings.resources === NO_RESOURCES) holdings.resources = [resource];
  else holdings.resources.push(resource);
  holdings.bytes += resource.bytes;
  return resource;
}

/** Adds a label of work that keeps the session busy. */
export function addBusy(holdings: Holdings, label: string): void {
  if (holdings.busy === NOT_BUSY) holdings.busy = [label];
  else holdings.busy.push(label);
}

/** Takes a label back, once. */
export function endBusy(holdings: Holdings, label: string): void {
  holdings.busy.splice(holdings.busy.indexOf(label), 1);
}

/** Removes a resource without releasing it. `false` when it is no longer there. */
export function giveUpResource(holdings: Holdings, resource: Resource): boolean {
  const index = holdings.resources.indexOf(resource);
  if (index < 0) return false;
  holdings.resources.splice(index, 1);
  holdings.bytes -= resource.bytes;
  return true;
}

/** Starts a release. Returns a promise if it is asynchronous; throws what the resource throws. */
export function startRelease({ target }: Resource): PromiseLike<void> | undefined {
  if (Symbol.asyncDispose in target) return target[Symbol.asyncDispose]();
  const returned: unknown = target[Symbol.dispose]();
  // A dispose method declared synchronous may still be `async`: then it is done when its promise settles, and may reject.
  return returned instanceof Promise ? returned : undefined;
}

/** The time limit of one release. */
export interface ReleaseLimit {
  /** Calls back when the limit has passed; the disposer cancels that. */
  start(onLimit: () => void): () => void;
}

export type ReleaseOutcome =
  | { readonly released: true }
  | { readonly released: false; readonly hung: boolean; readonly cause: string };

const RELEASED: ReleaseOutcome = { released: true };

/**
 * Releases one resource: synchronously if possible, else within the limit. Never rejects.
 * `onLate` receives the eventual outcome of a release that exceeded its limit.
 */
export function release(
  resource: Resource,
  limit: ReleaseLimit,
  onLate: (failed: string | null) => void,
): ReleaseOutcome | Promise<ReleaseOutcome> {
  let pending: PromiseLike<void> | undefined;
  try {
    pending = startRelease(resource);
  } catch (thrown) {
    return { released: false, hung: false, cause: causeOf(thrown) };
  }
  if (pending === undefined) return RELEASED;
  return waitFor(pending, limit, onLate);
}

function waitFor(
  pending: PromiseLike<void>,
  limit: ReleaseLimit,
  onLate: (failed: string | null) => void,
): Promise<ReleaseOutcome> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (outcome: ReleaseOutcome) => {
      if (settled) return onLate(outcome.released ? null : outcome.cause);
      settled = true;
      stop();
      resolve(outcome);
    };
    const stop = limit.start(() => {
      settled = true;
      resolve({ released: false, hung: true, cause: `not released within ${RELEASE_LIMIT_MS} ms` });
    });
    // Wrapped in a native promise, so that a thenable whose `then` throws rejects too.
    Promise.resolve(pending).then(
      () => settle(RELEASED),
      (thrown) => settle({ released: false, hung: false, cause: causeOf(thrown) }),
    );
  });
}

/** The outcome of releasing all of a session's resources. */
export interface ReleaseReport {
  released: number;
  readonly failed: FailedRelease[];
}

/** Retries before a resource is given up. */
export const RELEASE_RETRIES = 3;

export interface UnreleasedResource {
  readonly sessionId: string;
  readonly resource: Resource;
  readonly failedMs: number;
  tries: number;
}

export class FailedReleases {
  #kept: UnreleasedResource[] = [];

  add(unreleased: Omit<UnreleasedResource, "tries">): void {
    this.#kept.push({ ...unreleased, tries: 0 });
  }

  get size(): number {
    return this.#kept.length;
  }

  /** Removes and returns everything to retry now; what fails again is added back by `failedAgain`. */
  take(): UnreleasedResource[] {
    const taken = this.#kept;
    this.#kept = [];
    return taken;
  }

  /** Queues another retry; `false` when there have been enough. */
  failedAgain(unreleased: UnreleasedResource): boolean {
    unreleased.tries += 1;
    if (unreleased.tries >= RELEASE_RETRIES) return false;
    this.#kept.push(unreleased);
    return true;
  }
}
