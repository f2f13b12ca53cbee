import type { AuditAction, AuditEntry, Role, SignInWay } from "@lastbeat/api";

export const roleWords = {
  viewer: "sees everything but changes nothing",
  operator: "also ends sessions and changes settings",
  admin: "also manages operators, tokens and webhooks",
} as const satisfies Record<Role, string>;
export const roles = Object.keys(roleWords) as Role[];

export const wayWords = {
  password: "password",
  link: "one-time link",
  first_link: "the server's link",
  oidc: "identity provider",
} as const satisfies Record<SignInWay, string>;

export const actionWords = {
  signed_in: "signed in",
  sign_in_failed: "failed to sign in",
  signed_out: "signed out",
  sign_in_ended: "ended a sign-in",
  operator_added: "added an operator",
  operator_changed: "changed an operator",
  link_made: "made a one-time link",
  password_set: "set a password",
  token_created: "created a token",
  token_revoked: "revoked a token",
  session_ended: "ended a session",
  settings_changed: "changed settings",
  settings_restored: "restored settings",
  history_exported: "exported ended sessions",
  clock_confirmed: "confirmed that the clock is right",
  log_level_changed: "changed a log level",
  webhook_changed: "changed a webhook",
  webhook_resent: "sent a webhook delivery again",
} as const satisfies Record<AuditAction, string>;
export const actions = Object.keys(actionWords) as AuditAction[];

/** What changed, one line per value. */
export function changesOf({ before, after }: Pick<AuditEntry, "before" | "after">): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].flatMap((name) => {
    const [was, is] = [before?.[name], after?.[name]].map((value) => (Array.isArray(value) ? value.join(", ") : value));
    if (was === undefined) return is === null || is === "" ? [] : [`${name}: ${is}`];
    return [is === undefined ? `${name}: ${was}` : `${name}: ${was} → ${is}`];
  });
}
