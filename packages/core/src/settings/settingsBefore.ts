import type { Settings } from "./settings.ts";

/**
 * What the settings were before some revisions, in code units: only the keys that these changed. `newestFirst` must have no hole.
 * Going back to revision 4 of 7 is taking back 7, 6 and 5.
 */
export function settingsBefore(newestFirst: Iterable<{ readonly before: Readonly<Partial<Settings>> }>): Partial<Settings> {
  const values: Partial<Settings> = {};
  for (const { before } of newestFirst) Object.assign(values, before);
  return values;
}
