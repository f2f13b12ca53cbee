/**
 * The connection lab: what a tester does to this page's own connection, to see each tier act. Offered when the server's
 * configuration says `lab: true`.
 */
import type { SocketGate } from "@lastbeat/web/trpcDial";

const FREEZE_MS = 20_000;

export class Lab implements SocketGate {
  muted = $state(false);
  /** When what is held goes out, on `performance.now()`'s clock; `null` while nothing is held. */
  frozenUntilMs = $state<number | null>(null);
  #held: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  mute(muted: boolean): void {
    this.muted = muted;
  }

  /** Holds back everything this page sends for 20 s. It still receives. */
  freeze(): void {
    clearTimeout(this.#timer);
    this.frozenUntilMs = performance.now() + FREEZE_MS;
    this.#timer = setTimeout(() => this.#thaw(), FREEZE_MS);
  }

  hold(send: () => void): boolean {
    if (this.frozenUntilMs === null) return false;
    this.#held.push(send);
    return true;
  }

  /** The connection is closed, so the lab's effects end. */
  reset(): void {
    clearTimeout(this.#timer);
    this.muted = false;
    this.frozenUntilMs = null;
    this.#held = [];
  }

  #thaw(): void {
    const held = this.#held;
    this.#held = [];
    this.frozenUntilMs = null;
    for (const send of held) send();
  }
}
