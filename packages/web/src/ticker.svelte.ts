/** A reactive clock based on `performance.now()`, for countdowns on the page. Its timer runs only while it is being read. */
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 250);
  return () => clearInterval(timer);
});

/** Reactive: readers are refreshed four times per second. */
export function tickingNowMs(): number {
  subscribe();
  return performance.now();
}
