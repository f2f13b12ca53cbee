/** Maintains the member list from incremental changes, and detects missed ones. */
import type { MemberChanges, MemberSnapshot } from "@lastbeat/api";

/** @returns the list after these changes; `null` if earlier ones were missed. */
export function afterChanges(known: MemberSnapshot, changes: MemberChanges): MemberSnapshot | null {
  const { since, version, total, changed, left } = changes;
  if (since > known.version) return null;
  // Told again, such as after a list that was newer.
  if (version <= known.version) return known;
  const gone = new Set([...left, ...changed.map(({ sessionId }) => sessionId)]);
  const kept = known.members.filter(({ sessionId }) => !gone.has(sessionId));
  return { version, total, members: [...kept, ...changed] };
}
