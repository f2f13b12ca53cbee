/** The settings that were in force before the present ones: a verdict may still owe its limits to them (rule HB6). */
import type { Settings } from "./settings.ts";

/** Changes remembered; nobody makes more within the span of one verdict. */
const REMEMBERED = 16;

export class EarlierSettings {
  readonly #earlier: { readonly settings: Settings; readonly untilMs: number }[] = [];

  /** `settings` were in force until `untilMs`, milliseconds of observed time. */
  add(settings: Settings, untilMs: number): void {
    this.#earlier.push({ settings, untilMs });
    if (this.#earlier.length > REMEMBERED) this.#earlier.shift();
  }

  /** When settings were last changed, milliseconds of observed time; -1 for never. */
  get changedMs(): number {
    return this.#earlier.at(-1)?.untilMs ?? -1;
  }

  /** Those in force at `sinceMs` or later, the present ones left out. */
  since(sinceMs: number): Settings[] {
    return this.#earlier.filter(({ untilMs }) => untilMs >= sinceMs).map(({ settings }) => settings);
  }
}
