/** What a webhook is: where the ends of sessions are posted to, and which of them. */
import type { EndReason, SessionKind, Tier } from "@lastbeat/core";

/** Which ends a webhook is told. A list that is `null` allows all. */
export interface WebhookFilter {
  readonly name: string;
  readonly tiers: readonly Tier[] | null;
  readonly reasons: readonly EndReason[] | null;
  readonly kinds: readonly SessionKind[];
}

export interface Webhook extends WebhookFilter {
  readonly url: string;
  readonly secret: string;
}

/** The filter alone, for threads that have no use for URL and secret. */
export function filterOf({ name, tiers, reasons, kinds }: WebhookFilter): WebhookFilter {
  return { name, tiers, reasons, kinds };
}

/** The part of an end that filters look at, as stored. */
export interface FilteredEnd {
  readonly tier: string;
  readonly reason: string;
  readonly kind: string;
}

export function wants({ tiers, reasons, kinds }: WebhookFilter, { tier, reason, kind }: FilteredEnd): boolean {
  return allows(tiers, tier) && allows(reasons, reason) && allows(kinds, kind);
}

function allows(names: readonly string[] | null, name: string): boolean {
  return names === null || names.includes(name);
}

/** A webhook's URL for people: without path and query, which may hold a secret. */
export function shownUrl(url: string): string {
  return new URL(url).origin;
}
