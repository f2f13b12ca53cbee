/** The public surface of @lastbeat/core. */

export * from "./keeperTypes.ts";
export * from "./ledger/events.ts";
export * from "./ledger/ledger.ts";
export * from "./ledger/memoryLedger.ts";
export * from "./protocol/notice.ts";
export * from "./session/endReason.ts";
export * from "./settings/bounds.ts";
export * from "./settings/fields.ts";
export * from "./settings/presets.ts";
export * from "./settings/settings.ts";
export * from "./time/clock.ts";
export * from "./time/systemClock.ts";
export * from "./transport.ts";
