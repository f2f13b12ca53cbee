import type { AuditAction, AuditEntry, OidcProblem, Role, SignInWay } from "@lastbeat/api";
import { clientName } from "#lib/format.ts";

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

/** Why the identity provider signed nobody in, and what helps. */
export const oidcProblemWords = {
  denied: "The identity provider refused, or you did.",
  no_role: "You are known, but nobody has given you a role here. Ask whoever manages your groups at the identity provider.",
  name_taken: "Another account has your name. If it is yours, from before, ask an administrator to release it.",
  bad_name: "The identity provider sent no name that an operator may have. Ask whoever set it up.",
  disabled: "Your account is disabled.",
  no_admin: "The first to sign in must be an administrator.",
  full: "There are too many operators already.",
  stale: "That sign-in took too long or was begun in another browser. Try again.",
  wait: "Too many attempts came from this address. Wait a few minutes, and try again.",
  failed: "The identity provider's answer is not valid. Try again; if it stays so, the server's log says why.",
  unavailable: "The identity provider does not answer. Try again later; the server's log says why.",
} as const satisfies Record<OidcProblem, string>;

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
    const [was, is] = [before?.[name], after?.[name]].map((value) => shown(name, value));
    if (was === undefined) return is === null || is === "" ? [] : [`${name}: ${is}`];
    if (was === is) return [];
    return [is === undefined ? `${name}: ${was}` : `${name}: ${was} → ${is}`];
  });
}

function shown(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.join(", ");
  if (name === "client" && typeof value === "string") return clientName(value);
  return name === "way" && Object.hasOwn(wayWords, String(value)) ? wayWords[value as SignInWay] : value;
}
