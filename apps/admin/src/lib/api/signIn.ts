/** The operator's cookie sign-in over plain HTTP: who is signed in, signing in and signing out. */
import type { Right, SignInWays } from "@lastbeat/api";
import { serverPath } from "#lib/serverPath.ts";

/** Who is signed in, and what that operator may do. The server checks each call; the page only hides what would be refused. */
export interface SignedIn {
  readonly name: string;
  readonly rights: readonly Right[];
}

/** Who is signed in, by the cookie of this browser; `null` for nobody. @throws when the server cannot be reached. */
export async function whoIsSignedIn(): Promise<SignedIn | null> {
  const { admin, rights } = await ask<{ admin: string | null; rights: readonly Right[] }>("auth.me");
  return admin === null ? null : { name: admin, rights };
}

/** What can be used to sign in. @throws if the server cannot be reached. */
export function waysToSignIn(): Promise<SignInWays> {
  return ask("auth.ways");
}

/** Signs this browser in. @throws what the server says when it refuses. */
export function signInWithPassword(name: string, password: string): Promise<void> {
  return send("/admin/sign-in", { name, password });
}

/**
 * Sets a password by a one-time link, and signs this browser in. @param name for a link that leaves the name open.
 * @throws what the server says when it refuses.
 */
export function setPassword(link: string, password: string, name?: string): Promise<void> {
  return send("/admin/set-password", { link, password, name });
}

/**
 * Signs this browser in with a link that the server printed, or with the token in it. `false` when it does not work.
 * @throws when the server cannot be reached.
 */
export async function signInWith(linkOrToken: string): Promise<boolean> {
  const text = linkOrToken.trim();
  const token = /[?&]token=([^&\s]+)/.exec(text)?.[1] ?? text;
  // What a good link answers is a redirect to the overview, and this page stays where it is.
  const response = await fetch(`${serverPath("/admin/sign-in")}?token=${encodeURIComponent(token)}`, {
    redirect: "manual",
    credentials: "same-origin",
  });
  if (response.type === "opaqueredirect") return true;
  if (response.status === 403) return false;
  throw new Error(`the server answered ${response.status}`);
}

export async function signOut(): Promise<void> {
  await fetch(serverPath("/admin/sign-out"), { method: "POST", credentials: "same-origin" });
}

async function ask<Answer>(procedure: string): Promise<Answer> {
  const response = await fetch(serverPath(`/trpc/${procedure}`), { credentials: "same-origin" });
  const body: { result?: { data?: Answer } } = await response.json();
  if (!response.ok || body.result?.data === undefined) throw new Error(`the server answered ${response.status}`);
  return body.result.data;
}

async function send(path: `/${string}`, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(serverPath(path), {
    method: "POST",
    credentials: "same-origin",
    headers,
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error("The server cannot be reached.");
  });
  if (response.ok) return;
  const answer: { error?: { message?: string } } = await response.json().catch(() => ({}));
  throw new Error(sentence(answer.error?.message ?? `the server answered ${response.status}`));
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
