/** The public surface of @lastbeat/core, name by name (rule EMB1). The programs of the READMEs and examples use it as a stranger does (EMB3). */

export {
  type ClosableWebSocket,
  type KeepOptions,
  keepWebSocket,
  type MessageHandler,
  type MessageOptions,
  type NodeEmitter,
  type NodeWebSocket,
  type ResumeClaim,
  resumeFromUrl,
  tokenFromUrl,
  type WebSocketMessage,
  type WebSocketOptions,
} from "./adapters/ws.ts";
export { createSessionKeeper, type KeeperOptions } from "./keeper/keeper.ts";
export { isSessionId, makeSessionId } from "./keeper/sessionId.ts";
export type { KeeperTotals } from "./keeper/totals.ts";
export type {
  Connection,
  EndRequest,
  Hello,
  HelloResult,
  KeeperEvents,
  KeeperStats,
  Refusal,
  Session,
  SessionKeeper,
  SessionSnapshot,
} from "./keeper/types.ts";
export { clientName } from "./ports/clientName.ts";
export { type Clock, type Disposer, systemClock } from "./ports/clock.ts";
export {
  type EvictionEvidence,
  type FailedRelease,
  type LateCause,
  type Ledger,
  type LedgerEvent,
  type LedgerHealth,
  lateCauses,
  ledgerUnavailable,
  type MemoryLevel,
  type RefusalCause,
  refusalCauses,
  type ServerEvent,
  type SessionEnd,
  type SessionEvent,
  type SessionKind,
  type SessionOpening,
  sessionIdTaken,
} from "./ports/ledger.ts";
export type { KeeperLog } from "./ports/log.ts";
export type { MemorySource } from "./ports/memory.ts";
export { createMemoryLedger, type LedgerEntry, type MemoryLedger, type MemoryLedgerOptions } from "./ports/memoryLedger.ts";
export { type Random, systemRandom } from "./ports/random.ts";
export type { Peer, SessionSocket } from "./ports/socket.ts";
export { causeOf } from "./ports/thrown.ts";
export { type Beats, beatsFromUrl, parseBeats } from "./protocol/beats.ts";
export {
  type EndReason,
  type EndReasonEntry,
  endReasonNames,
  endReasons,
  type Initiator,
  isEndReason,
  type Tier,
  tiers,
} from "./protocol/endReason.ts";
export { type CoreErrorCode, type ErrorDetails, type ErrorIssue, hasCode, LastbeatError } from "./protocol/lastbeatError.ts";
export type { HeartbeatTerms, IdleTerms, Notice, Welcome } from "./protocol/notice.ts";
export { addressGroup, isLimited } from "./rules/admission.ts";
export { type PreviewSession, previewSettings, type RecordedSilence, type SettingsPreview } from "./rules/preview.ts";
export type { DeadlineExplanation } from "./rules/timeouts.ts";
export {
  boundForReason,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  heartbeatTerms,
  idleBoundMs,
  idleTerms,
  overdueAfterMs,
  pauseProlongsMs,
  SOCKET_BOUND_MS,
} from "./settings/bounds.ts";
export { settingsBefore } from "./settings/earlierSettings.ts";
export { type SettingKey, settingFields, settingKeys } from "./settings/fields.ts";
export { OUTAGE_ROUND_TRIP_MS, survivedOutageMs } from "./settings/outage.ts";
export { type PresetName, presetNames, presetSettings, presets } from "./settings/presets.ts";
export type { SettingField, SettingUnit } from "./settings/settingField.ts";
export {
  defaultSettings,
  fromWritten,
  type InvalidSettings,
  resolveSettings,
  type SettingProblem,
  type Settings,
  settingsProblems,
  toWritten,
  writtenProblem,
} from "./settings/settings.ts";
