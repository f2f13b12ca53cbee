/** Keeps the list of who is here by what changed, and knows when a change was missed. */
import type { MemberChanges, MemberSnapshot } from "@lastbeat/api";

/** @returns what is known after these changes; `null` when there were others before them that never came. */
export function afterChanges(known: MemberSnapshot, changes: MemberChanges): MemberSnapshot | null {
  const { since, version, total, changed, left } = changes;
  if (since > known.version) return null;
  // Told again, such as after a list that was newer.
  if (version <= known.version) return known;
  const gone = new Set([...left, ...changed.map(({ sessionId }) => sessionId)]);
  const kept = known.members.filter(({ sessionId }) => !gone.has(sessionId));
  return { version, total, members: [...kept, ...changed] };
}
