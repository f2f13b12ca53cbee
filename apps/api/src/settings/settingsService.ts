/** Lets operators read and change the keeper's settings (rule SET3). Precedence: defaults < preset < file < environment < operator. */
import {
  fromWritten,
  hasCode,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  idleBoundMs,
  type SessionKeeper,
  type SettingKey,
  type SettingProblem,
  type Settings,
  type SettingsPreview,
  settingFields,
  settingKeys,
  settingsBefore,
  settingsProblems,
  toWritten,
  writtenProblem,
} from "@lastbeat/core";
import { failure } from "../contract/errors.ts";
import { summaryOf } from "../contract/validation.ts";
import type { SettingSource, SettingsRevision, SettingsView } from "../contract/views.ts";
import type { RevisionStore } from "../ledger/store.ts";

/** Values as an operator writes them: seconds, MiB, fractions. */
export type WrittenValues = Partial<Record<SettingKey, number>>;

/** Who saves, and from where. */
export interface Author {
  readonly name: string;
  readonly address: string;
}

export interface SettingsService {
  view(): SettingsView;
  /**
   * Validates, records and applies the values. Saves are serialised.
   * @throws {LastbeatError} `invalid_settings` if a value is not allowed, `conflict` if someone else saved in the meantime.
   */
  save(change: { readonly basedOnRevision: number; readonly values: WrittenValues }, by: Author): Promise<SettingsView>;
  /**
   * Restores the settings of an earlier revision (0: as configured before the first save) as a new revision.
   * @throws {LastbeatError} `not_found` if the revision is not earlier or no longer kept; otherwise as `save`.
   */
  restore(target: { readonly revision: number; readonly basedOnRevision: number }, by: Author): Promise<SettingsView>;
  /** What saving these values would do. @throws {LastbeatError} `invalid_settings` */
  preview(values: WrittenValues): SettingsPreview;
}

export interface SettingsServiceOptions {
  readonly keeper: SessionKeeper;
  readonly revisions: RevisionStore;
  readonly preset: string;
  /** The source of each value before any operator saved one. */
  readonly sources: Readonly<Partial<Record<SettingKey, SettingSource>>>;
  /** Keys set by operators in the revisions in force. */
  readonly savedKeys: Iterable<SettingKey>;
  readonly now: () => number;
  /** Called with each revision that was saved; `restored` is the one whose values it has, `null` for new ones. */
  readonly onSaved?: (revision: SettingsRevision, by: Author, restored: number | null) => void;
}

/** One or more values are not allowed. */
function rejected(problems: readonly SettingProblem[]): Error {
  const issues = problems.map(({ key, message }) => ({ field: settingFields[key].path, message }));
  return failure("invalid_settings", summaryOf(issues), { issues, data: { problems } });
}

/** The revision cannot be restored. */
function noSuchRevision(revision: number, newest: number): Error {
  return failure(
    "not_found",
    `no such revision: ${revision} is not before revision ${newest}, which is in force, or is no longer kept`,
  );
}

/** Someone else saved first. */
function conflict(current: SettingsView): Error {
  return failure("conflict", `the settings were changed in the meantime; revision ${current.revision} is in force`, {
    data: { current },
  });
}

export function createSettingsService(options: SettingsServiceOptions): SettingsService {
  const { keeper, revisions } = options;
  const saved = new Set(options.savedKeys);
  let lastSave: Promise<unknown> = Promise.resolve();

  function view(): SettingsView {
    const { settings } = keeper;
    return {
      revision: keeper.settingsRevision,
      preset: options.preset,
      heartbeatBoundMs: heartbeatBoundMs(settings),
      heartbeatSoonestMs: heartbeatSoonestMs(settings),
      idleBoundMs: idleBoundMs(settings),
      settings: settingKeys.map((key) => ({
        key,
        field: settingFields[key],
        value: toWritten(key, settings[key]),
        source: saved.has(key) ? "operator" : (options.sources[key] ?? "default"),
      })),
    };
  }

  async function saveNow(basedOnRevision: number, values: WrittenValues, by: Author): Promise<SettingsView> {
    if (basedOnRevision !== keeper.settingsRevision) throw conflict(view());
    return apply(changedSettings(keeper.settings, values), by, null);
  }

  async function restoreNow(wanted: number, basedOnRevision: number, by: Author): Promise<SettingsView> {
    const newest = keeper.settingsRevision;
    if (basedOnRevision !== newest) throw conflict(view());
    if (wanted >= newest) throw noSuchRevision(wanted, newest);
    const since = await revisions.list(newest - wanted);
    if (since.length < newest - wanted) throw noSuchRevision(wanted, newest);
    const next = Object.freeze({ ...keeper.settings, ...settingsBefore(since) });
    const problems = settingsProblems(next);
    if (problems.length > 0) throw rejected(problems);
    return apply(next, by, wanted);
  }

  async function apply(next: Settings, by: Author, restored: number | null): Promise<SettingsView> {
    const changed = settingKeys.filter((key) => next[key] !== keeper.settings[key]);
    if (changed.length === 0) return view();
    const author = by.name;
    const revision = revisionOf(keeper, next, changed, { author, atMs: options.now() });
    try {
      await revisions.append(revision);
    } catch (error) {
      if (hasCode(error, "conflict")) throw conflict(view());
      throw error;
    }
    for (const key of changed) saved.add(key);
    keeper.applySettings(next, { revision: revision.revision, author });
    options.onSaved?.(revision, by, restored);
    return view();
  }

  function afterEarlierSaves(work: () => Promise<SettingsView>): Promise<SettingsView> {
    const save = lastSave.then(work);
    lastSave = save.catch(() => {});
    return save;
  }

  return {
    view,
    save: ({ basedOnRevision, values }, by) => afterEarlierSaves(() => saveNow(basedOnRevision, values, by)),
    restore: ({ revision, basedOnRevision }, by) => afterEarlierSaves(() => restoreNow(revision, basedOnRevision, by)),
    preview: (values) => keeper.preview(changedSettings(keeper.settings, values)),
  };
}

/** Replaces some values and validates the settings as a whole. @throws {LastbeatError} `invalid_settings` */
export function changedSettings(settings: Settings, values: WrittenValues): Settings {
  const problems: SettingProblem[] = [];
  const next: Record<SettingKey, number> = { ...settings };
  for (const key of settingKeys) {
    if (!Object.hasOwn(values, key)) continue;
    const message = valueProblem(settings, key, values[key]);
    if (message !== undefined) problems.push({ key, message });
    else next[key] = fromWritten(key, values[key] as number);
  }
  if (problems.length === 0) problems.push(...settingsProblems(next));
  if (problems.length > 0) throw rejected(problems);
  return Object.freeze(next);
}

function valueProblem(settings: Settings, key: SettingKey, written: unknown): string | undefined {
  const message = writtenProblem(key, written);
  if (message !== undefined) return message;
  if (settingFields[key].live || fromWritten(key, written as number) === settings[key]) return undefined;
  return "cannot be changed while the server runs; set it in the configuration file and restart";
}

function revisionOf(
  keeper: SessionKeeper,
  next: Settings,
  changed: readonly SettingKey[],
  by: { readonly author: string; readonly atMs: number },
): SettingsRevision {
  const pick = (settings: Settings) => Object.fromEntries(changed.map((key) => [key, settings[key]])) as Partial<Settings>;
  return { revision: keeper.settingsRevision + 1, ...by, before: pick(keeper.settings), after: pick(next) };
}
