/** The rooms a user may enter and read (rule WHO4): names, and beginnings of names such as `team-*`. */
import { z } from "zod";

/** Beyond this, a token or an answer is refused: rules are kept for as long as the session lives. */
const MAX_RULES = 100;

const rule = z.string().regex(/^[a-z0-9_-]{1,40}$|^[a-z0-9_-]{0,40}\*$/);
export const roomRules = z.array(rule).max(MAX_RULES);
export type RoomRules = readonly string[];

/** Whether a room is among those of the rules; `null` allows every room. */
export function mayEnter(rules: RoomRules | null, room: string): boolean {
  return rules === null || rules.some((rule) => (rule.endsWith("*") ? room.startsWith(rule.slice(0, -1)) : room === rule));
}
