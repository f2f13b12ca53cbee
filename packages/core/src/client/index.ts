/** The browser's side of a session. Nothing in here knows a DOM, a timer or Node: clock, randomness and socket are handed in. */
export { type BackoffTerms, backoffMs } from "./backoff.ts";
export { BEATS_KEPT, type BeatLog, beatAnswered, beatMissed, beatPaused, beatSeen, emptyBeatLog } from "./beatLog.ts";
export { type ClientConnection, type ClientConnectionOptions, createClientConnection } from "./clientConnection.ts";
export { type CloseVerdict, type EndingAdvice, judgeClose, reconnectsAfter } from "./closePolicy.ts";
export type { Attached, ConnectionState, Loss, Overdue } from "./connectionState.ts";
export { type ConnectionTiming, defaultTiming } from "./connectionStep.ts";
export type { ClientClock, ClientLink, ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";
export { createResumeStore, type KeyValueStore, type ResumeStore } from "./resumeStore.ts";
export { doubtAtMs, giveUpAtMs } from "./silence.ts";
