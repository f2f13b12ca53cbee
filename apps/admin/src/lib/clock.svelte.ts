import { createContext } from "svelte";

/** The server's wall clock as this page knows it; ticks once a second. All ages on the page are computed against it. */
export class ServerClock {
  nowMs = $state(Date.now());
  #offsetMs = 0;

  /** Updates the server's time from a message that has just arrived. */
  adjust(serverMs: number): void {
    this.#offsetMs = serverMs - Date.now();
    this.nowMs = serverMs;
  }

  /** Starts ticking. @returns how to stop it. */
  start(): () => void {
    const timer = setInterval(() => {
      this.nowMs = Date.now() + this.#offsetMs;
    }, 1_000);
    return () => clearInterval(timer);
  }
}

export const [getClock, setClock] = createContext<ServerClock>();
