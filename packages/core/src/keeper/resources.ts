/** What a session owns, and how one resource is released within a limit (rule SES6); and resources that could not be released. */
import type { FailedRelease } from "../ports/ledger.ts";
import { causeOf } from "../ports/thrown.ts";

/** Time one resource has to be released, milliseconds of observed time. */
export const RELEASE_LIMIT_MS = 5_000;

export interface Resource {
  readonly name: string;
  readonly bytes: number;
  readonly target: Disposable | AsyncDisposable;
}

export interface Holdings {
  readonly resources: Resource[];
  readonly busy: string[];
  bytes: number;
}

export function newHoldings(): Holdings {
  return { resources: [], busy: [], bytes: 0 };
}

/** Adds a resource and returns it, so that it can be given up by identity. */
export function addResource(holdings: Holdings, resource: Resource): Resource {
  holdings.resources.push(resource);
  holdings.bytes += resource.bytes;
  return resource;
}

/** Takes a resource out without releasing it. `false` when it is not there any more. */
export function giveUpResource(holdings: Holdings, resource: Resource): boolean {
  const index = holdings.resources.indexOf(resource);
  if (index < 0) return false;
  holdings.resources.splice(index, 1);
  holdings.bytes -= resource.bytes;
  return true;
}

/** Starts the release. A promise when it takes time; throws what the resource throws. */
export function startRelease({ target }: Resource): PromiseLike<void> | undefined {
  if (Symbol.asyncDispose in target) return target[Symbol.asyncDispose]();
  const returned: unknown = target[Symbol.dispose]();
  // Declared as done at once, and written as `async`: it is done when its promise says so, and may reject.
  return returned instanceof Promise ? returned : undefined;
}

/** Waits for one release: resolves when it settles or when the limit passes. */
export interface ReleaseLimit {
  /** Calls back when the limit has passed; the disposer takes that back. */
  start(onLimit: () => void): () => void;
}

export type ReleaseOutcome =
  | { readonly released: true }
  | { readonly released: false; readonly hung: boolean; readonly cause: string };

const RELEASED: ReleaseOutcome = { released: true };

/**
 * Releases one resource. At once when it can be, else within the limit. Never rejects. `onLate` hears how a resource that
 * overran its limit settled in the end.
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
    // Adopted by a promise of our own, so that a thenable that throws in its turn rejects too.
    Promise.resolve(pending).then(
      () => settle(RELEASED),
      (thrown) => settle({ released: false, hung: false, cause: causeOf(thrown) }),
    );
  });
}

/** What came of releasing everything. */
export interface ReleaseReport {
  released: number;
  readonly failed: FailedRelease[];
}

/** Further tries before a resource is given up for lost. */
export const FURTHER_TRIES = 3;

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

  /** Hands over everything that is to be tried now; what fails again is added back by `failedAgain`. */
  take(): UnreleasedResource[] {
    const taken = this.#kept;
    this.#kept = [];
    return taken;
  }

  /** `false` when it has been tried often enough. */
  failedAgain(unreleased: UnreleasedResource): boolean {
    unreleased.tries += 1;
    if (unreleased.tries >= FURTHER_TRIES) return false;
    this.#kept.push(unreleased);
    return true;
  }
}
