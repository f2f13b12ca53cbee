/** The ids of the rules of docs/SPEC.md: which there are, where one is named, and what only looks like one. */

/** The ids of the rules that a specification lists: `- **HB5** …`. */
export function rulesOf(spec: string): ReadonlySet<string> {
  return new Set([...spec.matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].map(([, id = ""]) => id));
}

/** Finds ids of the families that `rules` has, such as `HB`. */
export class RuleIds {
  readonly #rules: ReadonlySet<string>;
  readonly #families: string;

  constructor(rules: ReadonlySet<string>) {
    this.#rules = rules;
    this.#families = [...new Set([...rules].map((id) => id.replace(/\d+$/, "")))].join("|");
  }

  /** Every id in a text, whether there is such a rule or not. */
  namedIn(text: string): string[] {
    return text.match(new RegExp(`\\b(?:${this.#families})\\d+\\b`, "g")) ?? [];
  }

  /** Ids in a text that no rule has. */
  unknownIn(text: string): string[] {
    return this.namedIn(text).filter((id) => !this.#rules.has(id));
  }

  /** What means a rule and is not written as its id, so that no search finds it: `HB 5`, `HB-5`, `HB1, 2 and 5`. */
  misspeltIn(text: string): string[] {
    const apart = new RegExp(`\\b(?:${this.#families})[ _-]\\d+\\b`, "g");
    const leftOut = new RegExp(`\\b(?:${this.#families})\\d+(?:, \\d+)*(?: and|,) \\d+\\b(?! [a-z%])`, "g");
    return [...(text.match(apart) ?? []), ...(text.match(leftOut) ?? [])];
  }
}
