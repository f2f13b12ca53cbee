/** Waits for conditions and promises, with a deadline. */

export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Retries until `attempt` no longer throws; after the deadline, throws its last error. */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { withinMs = 20_000, everyMs = 10 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}

/** Waits for a promise, for at most `ms`. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
