/** What a client calls itself, as it is kept with its session: many have the same name, which is kept once. */
import { Buffer } from "node:buffer";

/** User-Agents of browsers are shorter. */
const LONGEST = 200;

/** Names known at a time. When there are more it begins anew; sessions keep the names they have. */
const KNOWN = 1_024;

const known = new Map<string, string>();

/** The name to keep of a client that calls itself `text`, such as its User-Agent: at most 200 characters of it; "" for none. */
export function clientName(text: string | undefined): string {
  if (text === undefined) return "";
  const name = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const same = known.get(name);
  if (same !== undefined) return same;
  if (known.size >= KNOWN) known.clear();
  // A copy, because a slice would keep all of what it was cut from.
  const own = Buffer.from(name).toString();
  known.set(own, own);
  return own;
}
