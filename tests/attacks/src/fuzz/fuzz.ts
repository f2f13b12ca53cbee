/** Fuzzes a server for a while; when it fails, looks for the least that makes it fail. */
import fc from "fast-check";
import { type Conversation, conversation } from "./conversation.ts";
import { FuzzedServer, type FuzzReport } from "./fuzzedServer.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** The way to one failure, as a failed run names it. */
  readonly path?: string;
}

/** Connections at the same time. */
const AT_ONCE = 24;
const SHRINK_MS = 60_000;
/** Some failures depend on how the bytes arrive. */
const SHRINK_TRIES = 3;
/** The share of the time after which everything has been used. */
const WARM = 0.3;

const crowd = fc.array(conversation, { minLength: 1, maxLength: AT_ONCE, size: "max" });

/** @throws with the seed and what makes it fail, when the server did anything but stand it. */
export async function fuzz({ seed, durationMs, path }: FuzzOptions): Promise<FuzzReport> {
  await using server = await FuzzedServer.start();
  const startMs = performance.now();
  let latest: Promise<void> = Promise.resolve();
  const stands = fc.asyncProperty(crowd, (conversations) => {
    if (performance.now() - startMs > durationMs * WARM) server.warm();
    latest = server.stand(conversations);
    return latest;
  });
  const details = await fc.check(stands, {
    seed,
    ...(path === undefined ? {} : { path }),
    numRuns: path === undefined ? Number.MAX_SAFE_INTEGER : 1,
    interruptAfterTimeLimit: durationMs,
    endOnFailure: true,
  });
  // What was interrupted goes on to its end.
  const late = await latest.then(
    () => null,
    (error: unknown) => error,
  );
  if (details.counterexample !== null) throw await explained(seed, details.counterexamplePath ?? "", details.errorInstance);
  if (late !== null) throw named(seed, "", late);
  try {
    return await server.finish();
  } catch (error) {
    throw named(seed, "", error);
  }
}

function named(seed: number, path: string, error: unknown): Error {
  const again = `npm run fuzz -- 10 ${seed}${path === "" ? "" : ` ${path}`}`;
  return new Error(`${(error as Error).message}\nrepeat it with: ${again}`, { cause: error });
}

/** Each try has a server of its own, because the one before may be gone. */
async function explained(seed: number, path: string, error: unknown): Promise<Error> {
  const stands = fc.asyncProperty(crowd, async (conversations: Conversation[]) => {
    await using server = await FuzzedServer.start();
    for (let tries = 0; tries < SHRINK_TRIES; tries += 1) await server.stand(conversations);
  });
  const { counterexample, counterexamplePath, errorInstance } = await fc.check(stands, {
    seed,
    path,
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_MS,
  });
  if (counterexample === null) {
    const alone = `${(error as Error).message}\n(what was sent last does not make it fail alone)`;
    return named(seed, "", new Error(alone, { cause: error }));
  }
  const least = `${(errorInstance as Error).message}\nby no more than: ${fc.stringify(counterexample[0])}`;
  return named(seed, counterexamplePath ?? path, new Error(least, { cause: errorInstance }));
}
