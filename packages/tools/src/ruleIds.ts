/** Rule ids of docs/SPEC.md: lists them, and finds references to them in a text, including unknown and malformed ones. */

/** The rule ids listed in a specification: `- **HB5** …`. */
export function rulesOf(spec: string): ReadonlySet<string> {
  return new Set([...spec.matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].map(([, id = ""]) => id));
}

/** Finds ids of the families that occur in `rules`, such as `HB`. */
export class RuleIds {
  readonly #rules: ReadonlySet<string>;
  readonly #families: string;

  constructor(rules: ReadonlySet<string>) {
    this.#rules = rules;
    this.#families = [...new Set([...rules].map((id) => id.replace(/\d+$/, "")))].join("|");
  }

  /** Every id in a text, whether or not the rule exists. */
  namedIn(text: string): string[] {
    return text.match(new RegExp(`\\b(?:${this.#families})\\d+\\b`, "g")) ?? [];
  }

  /** Ids in a text that belong to no rule. */
  unknownIn(text: string): string[] {
    return this.namedIn(text).filter((id) => !this.#rules.has(id));
  }

  /** References that are not written as ids, so that a search misses them: `HB 5`, `HB-5`, `HB1, 2 and 5`. */
  misspeltIn(text: string): string[] {
    const apart = new RegExp(`\\b(?:${this.#families})[ _-]\\d+\\b`, "g");
    const leftOut = new RegExp(`\\b(?:${this.#families})\\d+(?:, \\d+)*(?: and|,) \\d+\\b(?! [a-z%])`, "g");
    return [...(text.match(apart) ?? []), ...(text.match(leftOut) ?? [])];
  }
}
