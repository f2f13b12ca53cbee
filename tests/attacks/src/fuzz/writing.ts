/** Writes messages as JSON, also such as `JSON.stringify` would never write. */
import type { Known, WelcomeKnown } from "./known.ts";

/** Text that stands in the place of a value. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The resume token that the server gave with one of its latest welcomes, as an object or as text. */
export class ResumeOf {
  readonly back: number;
  readonly asText: boolean;

  constructor(back: number, asText: boolean) {
    this.back = back;
    this.asText = asText;
  }
}

/** A field that is left out. */
export const ABSENT = Symbol("absent");

/** An object's fields, in order, which may have one name twice. */
export class Fields {
  readonly pairs: readonly (readonly [string, unknown])[];

  constructor(pairs: readonly (readonly [string, unknown])[]) {
    this.pairs = pairs;
  }
}

export function written(value: unknown, known: Known): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof ResumeOf) return writtenResume(known.welcome(value.back), value.asText);
  if (value instanceof Fields) {
    const pairs = value.pairs.filter(([, each]) => each !== ABSENT);
    return `{${pairs.map(([name, each]) => `${JSON.stringify(name)}:${written(each, known)}`).join()}}`;
  }
  if (Array.isArray(value)) return `[${value.map((each) => written(each, known)).join()}]`;
  return JSON.stringify(value) ?? "null";
}

function writtenResume({ sessionId, resumeToken }: WelcomeKnown, asText: boolean): string {
  return JSON.stringify(asText ? `${sessionId}.${resumeToken}` : { sessionId, token: resumeToken });
}
