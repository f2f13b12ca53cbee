/** The list of a room's stored messages: in the server's order, each once. */
import type { ChatMessage } from "@lastbeat/api";

/** Messages of one user this close together are shown as one block, in milliseconds. */
const BLOCK_MS = 5 * 60_000;

/** Adds messages, in any order and whether known or not. */
export function mergeMessages(known: readonly ChatMessage[], more: readonly ChatMessage[]): ChatMessage[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/**
 * Merges the newest messages after a reconnect. If there is a gap, the older ones are dropped: a list with a gap would be wrong, and
 * scrolling back loads them again.
 */
export function catchUp(known: readonly ChatMessage[], newest: readonly ChatMessage[]): ChatMessage[] {
  const first = newest[0];
  const last = known.at(-1);
  const joins = first === undefined || last === undefined || first.seq <= last.seq;
  return joins ? mergeMessages(known, newest) : [...newest];
}

/** Whether a message continues the block of the one before it. */
export function continuesBlock(message: ChatMessage, previous: ChatMessage | undefined): boolean {
  if (previous === undefined || previous.person !== message.person || previous.user !== message.user) return false;
  return message.sentAtMs - previous.sentAtMs < BLOCK_MS;
}
