/** What a run knows from the server: it changes from run to run, so messages only refer to it. */

export interface WelcomeKnown {
  readonly sessionId: string;
  readonly resumeToken: string;
}

/** Latest welcomes kept. Most are of sessions that have ended. */
const KEPT = 50;
const nobody: WelcomeKnown = { sessionId: "session_nobody0", resumeToken: "x".repeat(43) };

export class Known {
  /** Every session that was opened for the fuzzer. */
  readonly opened = new Set<string>();
  readonly cookie: string;
  readonly #welcomes: WelcomeKnown[] = [];

  constructor(cookie: string) {
    this.cookie = cookie;
  }

  /** The welcome that came so many before the latest. */
  welcome(back: number): WelcomeKnown {
    return this.#welcomes.at(-1 - back) ?? nobody;
  }

  heard(welcome: WelcomeKnown): void {
    this.opened.add(welcome.sessionId);
    this.#welcomes.push(welcome);
    if (this.#welcomes.length > KEPT) this.#welcomes.shift();
  }
}
