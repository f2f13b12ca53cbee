/** The history of settings in observed time, for bounds that span a change of settings. */
import { type SettingKey, settingKeys } from "../../settings/fields.ts";
import type { Settings } from "../../settings/settings.ts";

interface Period {
  readonly fromMs: number;
  readonly settings: Settings;
}

export class SettingsLog {
  readonly #periods: Period[];

  constructor(settings: Settings) {
    this.#periods = [{ fromMs: 0, settings }];
  }

  get #latest(): Period {
    return this.#periods[this.#periods.length - 1] as Period;
  }

  get current(): Settings {
    return this.#latest.settings;
  }

  /** Observed time of the latest change; 0 before the first. */
  get changedMs(): number {
    return this.#latest.fromMs;
  }

  change(atMs: number, settings: Settings): void {
    this.#periods.push({ fromMs: atMs, settings });
  }

  /** The greatest value of each setting since `sinceMs`. */
  widest(sinceMs: number): Settings {
    return this.#over(sinceMs, Math.max);
  }

  /** The least value of each setting since `sinceMs`. */
  narrowest(sinceMs: number): Settings {
    return this.#over(sinceMs, Math.min);
  }

  #over(sinceMs: number, choose: (a: number, b: number) => number): Settings {
    if (sinceMs > this.#latest.fromMs) return this.current;
    const merged: Record<SettingKey, number> = { ...this.current };
    for (let index = this.#periods.length - 2; index >= 0; index -= 1) {
      const { settings } = this.#periods[index] as Period;
      for (const key of settingKeys) merged[key] = choose(merged[key], settings[key]);
      if ((this.#periods[index] as Period).fromMs < sinceMs) break;
    }
    return merged;
  }
}
