/** The operator's cookie sign-in over plain HTTP: who is signed in, signing in and signing out. */
import { serverPath } from "#lib/serverPath.ts";

/** Who is signed in, by the cookie of this browser; `null` for nobody. @throws when the server cannot be reached. */
export async function whoIsSignedIn(): Promise<string | null> {
  const { admin } = await ask<{ admin: string | null }>("auth.me");
  return admin;
}

/** How to get a new sign-in link: by a signal, or only by a restart. @throws if the server cannot be reached. */
export function newLinkBy(): Promise<"signal" | "restart"> {
  return ask("auth.newLinkBy");
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
