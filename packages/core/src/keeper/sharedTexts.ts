/** Texts that many sessions have in common, such as the names of browsers: each is kept once, not once per session. */

/** Texts known at a time. When there are more, it begins anew; sessions keep what they have. */
const KNOWN = 1_024;
/** Longer texts are not shared, so that the bytes are bounded too. */
const LONGEST = 512;

export class SharedTexts {
  readonly #known = new Map<string, string>();

  /** The same text; one object for all who ask, as a rule. */
  share(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (text.length > LONGEST) return text;
    if (this.#known.size >= KNOWN) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }

  get size(): number {
    return this.#known.size;
  }
}
