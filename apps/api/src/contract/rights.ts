/**
 * What an operator or a token may do. Every procedure, REST operation and HTTP route declares the right it needs, or that it needs none
 * (`Access`, rule OPS5). Roles and token scopes are sets of rights.
 */

/** Each right with what it allows, for the documentation. */
export const rightMeanings = {
  "sessions:read": "see live sessions, the overview and a session's timeline",
  "sessions:end": "end a live session",
  "history:read": "see, count and export ended sessions",
  "settings:read": "see the settings, their revisions and the preview of a change",
  "settings:write": "save and restore settings",
  "system:read": "see runs, pauses, the database, versions and the configuration without its secrets",
  "system:write": "change log levels, and confirm that the server's clock is right",
  "metrics:read": "read the metrics",
  "webhooks:read": "see webhooks and what waits or failed",
  "webhooks:write": "send again what webhooks were not told",
  "audit:read": "see what operators did",
  "operators:manage": "add, change and disable operators, and end their sign-ins",
  "tokens:manage": "create, see and revoke API tokens",
} as const;

export type Right = keyof typeof rightMeanings;
export const rights = Object.keys(rightMeanings) as [Right, ...Right[]];

/** Access of callers that need no right: anyone, anyone with a session of their own (a user of the chat), or any operator. */
export type Access = Right | "anyone" | "session" | "operator";

const viewer: readonly Right[] = [
  "sessions:read",
  "history:read",
  "settings:read",
  "system:read",
  "metrics:read",
  "webhooks:read",
];
const operator: readonly Right[] = [...viewer, "sessions:end", "settings:write", "system:write"];

/** Each role includes the one before. */
export const roleRights = {
  viewer: new Set(viewer),
  operator: new Set(operator),
  admin: new Set(rights),
} as const satisfies Record<string, ReadonlySet<Right>>;

export type Role = keyof typeof roleRights;
export const roles = Object.keys(roleRights) as [Role, ...Role[]];

/** What programs on the server's own machine may do without a token, see `server.local_reads`. */
export const localRights: ReadonlySet<Right> = new Set<Right>([
  "sessions:read",
  "history:read",
  "system:read",
  "metrics:read",
  "webhooks:read",
]);
