import type { Right } from "@lastbeat/api";

/** What a token may do, in words, in the order of the form. */
export const scopeWords = {
  "sessions:read": "see live sessions",
  "history:read": "see and export ended sessions",
  "metrics:read": "read the metrics",
  "sessions:end": "end sessions",
  "settings:read": "see settings",
  "settings:write": "change settings",
  "system:read": "see the system page",
  "system:write": "change log levels",
  "webhooks:read": "see webhooks",
  "webhooks:write": "change webhooks",
  "audit:read": "read the audit trail",
  "operators:manage": "manage operators",
  "tokens:manage": "manage tokens",
} as const satisfies Record<Right, string>;

export const scopes = Object.keys(scopeWords) as Right[];

/** Rights for which REST has operations; the others are of no use to a program. */
export const tokenScopes: readonly Right[] = [
  "sessions:read",
  "history:read",
  "metrics:read",
  "sessions:end",
  "system:read",
  "system:write",
  "webhooks:read",
  "webhooks:write",
  "audit:read",
];

export const scopesLabel = (of: readonly Right[]): string =>
  scopes
    .filter((scope) => of.includes(scope))
    .map((scope) => scopeWords[scope])
    .join(", ");

/** Choices of how long a token lasts. */
export const lifetimes = [
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "a year" },
  { days: null, label: "for ever" },
] as const;
