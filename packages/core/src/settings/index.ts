/** The settings without the keeper: what a form, a documentation page or a browser needs. */
export * from "./bounds.ts";
export { settingsBefore } from "./earlierSettings.ts";
export * from "./fields.ts";
export * from "./outage.ts";
export * from "./presets.ts";
export * from "./settings.ts";
