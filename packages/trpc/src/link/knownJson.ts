/** JSON that is known already, so that what many are answered is not serialised for each of them. */
import type { TextPart } from "../socket/frame.ts";

const known = new WeakMap<object, readonly TextPart[]>();

/** Says what the JSON of this answer is, in pieces. Together they must be what `JSON.stringify` makes of it. */
export function withJson<Answer extends object>(answer: Answer, json: readonly TextPart[]): Answer {
  known.set(answer, json);
  return answer;
}

/** What `withJson` was told of exactly this object. */
export function jsonOf(answer: unknown): readonly TextPart[] | undefined {
  return typeof answer === "object" && answer !== null ? known.get(answer) : undefined;
}
