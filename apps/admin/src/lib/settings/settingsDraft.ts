/** Edits that were not saved, kept in this tab so that leaving the page does not lose them. */
import type { SettingsView } from "@lastbeat/api";
import { type SettingKey, settingKeys } from "@lastbeat/core/settings";

/** What was typed, and what stood there before, in written units: so that a change by somebody else meanwhile is noticed. */
export interface SettingsDraft {
  readonly revision: number;
  readonly edits: Readonly<Partial<Record<SettingKey, { readonly base: number; readonly text: string }>>>;
}

const NAME = "lastbeat.settingsDraft";

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function keepDraft(draft: SettingsDraft | null, shelf: Shelf = sessionStorage): void {
  if (draft === null) shelf.removeItem(NAME);
  else shelf.setItem(NAME, JSON.stringify(draft));
}

/** The draft kept last; `null` without one, or when it cannot be read. */
export function keptDraft(shelf: Shelf = sessionStorage): SettingsDraft | null {
  try {
    return readDraft(JSON.parse(shelf.getItem(NAME) ?? "null"));
  } catch {
    return null;
  }
}

function readDraft(kept: unknown): SettingsDraft | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { revision, edits } = kept as {
    revision?: unknown;
    edits?: Record<string, { base?: unknown; text?: unknown } | undefined>;
  };
  if (typeof revision !== "number" || typeof edits !== "object" || edits === null) return null;
  const known = settingKeys.flatMap((key) => {
    const { base, text } = edits[key] ?? {};
    return typeof base === "number" && typeof text === "string" ? [[key, { base, text }] as const] : [];
  });
  return known.length === 0 ? null : { revision, edits: Object.fromEntries(known) };
}

/** The settings as they were when the draft was begun, as far as the draft knows. */
export function viewOfDraft(view: SettingsView, { revision, edits }: SettingsDraft): SettingsView {
  const settings = view.settings.map((setting) => ({ ...setting, value: edits[setting.key]?.base ?? setting.value }));
  return { ...view, revision, settings };
}
