/**
 * The client side of a session. Clock, randomness and socket are injected, so nothing here depends on DOM or Node; `pageClock`
 * and `dialWebSocket` are the implementations for both.
 */
export { type BackoffTerms, backoffMs } from "./backoff.ts";
export { BEATS_KEPT, type BeatLog, beatAnswered, beatMissed, beatPaused, beatSeen, emptyBeatLog } from "./beatLog.ts";
export { type ClientConnection, type ClientConnectionOptions, createClientConnection } from "./clientConnection.ts";
export { type CloseVerdict, type EndingAdvice, judgeClose, reconnectsAfter } from "./closePolicy.ts";
export type { Attached, ConnectionState, Loss, Overdue } from "./connectionState.ts";
export { type ConnectionTiming, defaultTiming } from "./connectionStep.ts";
export {
  type ClientWebSocket,
  type DialWebSocketOptions,
  dialWebSocket,
  type WebSocketDial,
} from "./dialWebSocket.ts";
export { pageClock } from "./pageClock.ts";
export type { ClientClock, ClientLink, ClientLinkListener, Dial, ResumeTicket } from "./ports.ts";
export { createResumeStore, type KeyValueStore, type ResumeStore } from "./resumeStore.ts";
export { doubtAtMs, giveUpAtMs } from "./silence.ts";
