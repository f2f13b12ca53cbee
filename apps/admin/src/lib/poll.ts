import { untrack } from "svelte";

export interface Poll<Answer> {
  readonly everyMs: number;
  readonly ask: () => Promise<Answer>;
  readonly onAnswer: (answer: Answer) => void;
  readonly onError: (error: unknown) => void;
}

/** Asks now and then, as `poll` does. What comes after the stop is dropped. @returns how to stop it. */
export function pollAnswers<Answer>({ everyMs, ask, onAnswer, onError }: Poll<Answer>): () => void {
  let stopped = false;
  const stop = poll(everyMs, async () => {
    try {
      const answer = await ask();
      if (!stopped) onAnswer(answer);
    } catch (error) {
      if (!stopped) onError(error);
    }
  });
  return () => {
    stopped = true;
    stop();
  };
}

/**
 * Runs `task` now and then every `intervalMs`, one at a time, while the page is visible; a hidden page asks for nothing.
 * `task` must not reject; what it reads is no dependency of the effect that called this. @returns how to stop it.
 */
export function poll(intervalMs: number, task: () => Promise<void>): () => void {
  let running = false;
  const run = async () => {
    if (running || document.visibilityState === "hidden") return;
    running = true;
    await task();
    running = false;
  };
  const timer = setInterval(() => void run(), intervalMs);
  const onVisible = () => void run();
  document.addEventListener("visibilitychange", onVisible);
  untrack(onVisible);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
