/** A few hundred ended sessions of every kind, and what a query over them must find, told in plain TypeScript. */
import type { EndReason, LateCause } from "@lastbeat/core";
import { endReasons } from "@lastbeat/core/reasons";
import { createSeededRandom, type SeededRandom } from "@lastbeat/core/testing";
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndedSession } from "./directWriter.ts";

export interface ModelEnd {
  readonly sessionId: string;
  /** Place in the order of writing. */
  readonly at: number;
  readonly user: string;
  readonly userId: string | null;
  readonly address: string;
  readonly reason: EndReason;
  readonly words: readonly string[];
  readonly detectedAtMs: number;
  readonly detectionMs: number;
  /** Found after its bound of `BOUND_MS`. */
  readonly lateCause: LateCause | null;
  readonly cleanupMs: number;
}

export const FIRST_MS = 1_700_000_000_000;
const reasons: readonly EndReason[] = ["client_left", "connection_lost", "unreachable", "unresponsive", "idle", "server_crashed"];
/** Short, so that some ends are late. */
const BOUND_MS = 16;
const causes: readonly LateCause[] = ["pause", "settings", "unknown"];
const vocabulary = ["alpha", "beta", "gamma", "alphabet"];

/** Values repeat often, the moments included, so that orders have ties. `spreadMs` is the span they are detected in. */
export function modelEnds(count: number, { seed = 1, prefix = "s", spreadMs = 400 } = {}): ModelEnd[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, (_, at) => ({
    lateCause: null,
    sessionId: `session_${prefix}${at}`,
    at,
    user: `user${random.int(4)}`,
    userId: at % 3 === 0 ? null : `id${at % 3}`,
    address: `192.0.2.${random.int(3)}`,
    reason: random.pick(reasons),
    words: someWords(random),
    detectedAtMs: FIRST_MS + random.int(spreadMs),
    detectionMs: random.int(20),
    cleanupMs: random.int(20),
  })).map((end) => (end.detectionMs > BOUND_MS ? { ...end, lateCause: random.pick(causes) } : end));
}

function someWords(random: SeededRandom): string[] {
  return vocabulary.filter(() => random.chance(0.5));
}

export function asSessions(ends: readonly ModelEnd[]): Map<string, EndedSession> {
  return new Map(ends.map((end) => [end.sessionId, asSession(end)]));
}

function asSession({
  user,
  userId,
  address,
  reason,
  words,
  detectedAtMs,
  detectionMs,
  cleanupMs,
  lateCause,
}: ModelEnd): EndedSession {
  const { tier, initiator } = endReasons[reason];
  const times = { detectedAtMs, releasedAtMs: detectedAtMs + cleanupMs, detectionMs, cleanupMs, lateCause, boundMs: BOUND_MS };
  return { opened: { user, userId, address }, ended: { reason, tier, initiator, detail: words.join(" "), ...times } };
}

/** Whether a query's filter lets an end through. */
export function matches(end: ModelEnd, query: Partial<EndQuery>): boolean {
  const { tier, initiator } = endReasons[end.reason];
  const has = <Value>(asked: readonly Value[] | undefined, value: Value) => asked === undefined || asked.includes(value);
  const is = (asked: string | undefined, value: string | null) => asked === undefined || asked === value;
  const inTime = end.detectedAtMs >= (query.fromMs ?? 0) && end.detectedAtMs < (query.toMs ?? Number.POSITIVE_INFINITY);
  const by = is(query.userId, end.userId) && is(query.user, end.user) && is(query.address, end.address);
  const named = by && is(query.session, end.sessionId);
  const kind = has(query.tier, tier) && has(query.reason, end.reason) && has(query.initiator, initiator);
  return inTime && named && kind && hasWords(end, query.text);
}

/** Every word is there; the last may go on. */
function hasWords({ words, sessionId, user }: ModelEnd, text: string | undefined): boolean {
  if (text === undefined) return true;
  const asked = text.split(" ");
  const last = asked.pop() ?? "";
  const all = [...words, sessionId.replace("session_", ""), user];
  return asked.every((word) => all.includes(word)) && all.some((word) => word.startsWith(last));
}

/** What the rows of a sort must not break: the figure sorted by, then the order of time. */
export function compare(sort: EndQuery["sort"]): (a: ModelEnd, b: ModelEnd) => number {
  const older = (a: ModelEnd, b: ModelEnd) => a.detectedAtMs - b.detectedAtMs || a.at - b.at;
  if (sort === "oldest") return older;
  const newer = (a: ModelEnd, b: ModelEnd) => older(b, a);
  if (sort === "newest") return newer;
  const key = sort === "slowest_detection" ? "detectionMs" : "cleanupMs";
  return (a, b) => b[key] - a[key] || newer(a, b);
}

export const filters: readonly (readonly [name: string, filter: Partial<EndQuery>])[] = [
  ["nothing", {}],
  ["the start of the range", { fromMs: FIRST_MS + 100 }],
  ["the end of the range", { toMs: FIRST_MS + 300 }],
  ["one tier", { tier: ["heartbeat"] }],
  ["several tiers", { tier: ["socket", "timeout", "recovery"] }],
  ["one reason", { reason: ["idle"] }],
  ["several reasons, one of them twice", { reason: ["idle", "unreachable", "idle"] }],
  ["a reason that has no ends", { reason: ["memory_pressure"] }],
  ["one initiator", { initiator: ["network"] }],
  ["several initiators", { initiator: ["client", "server"] }],
  ["a user", { user: "user1" }],
  ["a user that never came", { user: "nobody" }],
  ["a user id", { userId: "id1" }],
  ["a user id that never came", { userId: "id9" }],
  ["an address", { address: "192.0.2.2" }],
  ["a session", { session: "session_s7" }],
  ["a session that never was", { session: "session_never" }],
  ["a word, or its beginning", { text: "alph" }],
  ["two words", { text: "gamma alpha" }],
  ["a beginning that goes on to very many words", { text: "s1" }],
  ["a word, and a beginning that goes on to very many", { text: "gamma s1" }],
  ["a word that no end has", { text: "omega" }],
];
