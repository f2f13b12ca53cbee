/** The time on `performance.now()`'s clock, for what counts down on the page. Runs only while something looks at it. */
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 250);
  return () => clearInterval(timer);
});

/** Reactive: whatever reads it is refreshed four times a second. */
export function tickingNowMs(): number {
  subscribe();
  return performance.now();
}
