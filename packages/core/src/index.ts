/** The public surface of @lastbeat/core. */

export { type KeepOptions, keepWebSocket, type NodeWebSocket } from "./embed.ts";
export { createSessionKeeper, type KeeperOptions } from "./keeper.ts";
export * from "./keeperTypes.ts";
export * from "./ledger/events.ts";
export * from "./ledger/ledger.ts";
export * from "./ledger/memoryLedger.ts";
export * from "./protocol/notice.ts";
export { systemRandom } from "./random.ts";
export * from "./session/endReason.ts";
export { type LateCause, lateCauses } from "./session/lateness.ts";
export { EndNotRecordedError } from "./session/recordEnd.ts";
export { isSessionId, makeSessionId } from "./session/sessionId.ts";
export * from "./settings/bounds.ts";
export * from "./settings/fields.ts";
export * from "./settings/outage.ts";
export * from "./settings/presets.ts";
export { type PreviewSession, previewSettings, type RecordedSilence } from "./settings/preview.ts";
export * from "./settings/settings.ts";
export * from "./settings/settingsBefore.ts";
export { causeOf } from "./thrown.ts";
export * from "./time/clock.ts";
export * from "./time/systemClock.ts";
export * from "./transport.ts";
