/** The browser's side of a session. Nothing in here knows a DOM, a timer or Node: clock, randomness and socket are handed in. */
export * from "./backoff.ts";
export * from "./beatLog.ts";
export * from "./closePolicy.ts";
export * from "./connection.ts";
export * from "./connectionState.ts";
export * from "./connectionStep.ts";
export * from "./ports.ts";
export * from "./resumeStore.ts";
export * from "./silence.ts";
