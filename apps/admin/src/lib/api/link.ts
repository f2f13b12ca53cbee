/** One WebSocket to the server and the tRPC client on it. Never reconnects by itself: `Connection` decides that. */
import type { AppRouter } from "@lastbeat/api";
import { trpcUrl } from "@lastbeat/web/trpcDial";
import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from "@trpc/client";
import { basePath, serverPath } from "#lib/serverPath.ts";
import type { AdminApi } from "./adminApi.ts";

export interface Link {
  readonly api: AdminApi;
  close(): void;
}

export interface LinkEvents {
  onOpen(): void;
  /** Called once, with the close code of the socket. */
  onClose(code: number): void;
}

export type OpenLink = (events: LinkEvents) => Link;

/** The stock client would reconnect by itself; this delay leaves it asleep until it is closed. */
const NEVER_MS = 2 ** 31 - 1;

export const openLink: OpenLink = ({ onOpen, onClose }) => {
  let closed = false;
  const client = createWSClient({
    url: trpcUrl(basePath()),
    retryDelayMs: () => NEVER_MS,
    onOpen: () => closed || onOpen(),
    onClose: (cause) => {
      if (closed) return;
      close();
      onClose(cause?.code ?? 1006);
    },
  });
  const close = () => {
    closed = true;
    void client.close();
  };
  return { api: createTRPCClient<AppRouter>({ links: [wsLink({ client })] }), close };
};

/** Who is signed in, by the cookie of this browser; `null` for nobody. @throws when the server cannot be reached. */
export async function whoIsSignedIn(): Promise<string | null> {
  const response = await fetch(serverPath("/trpc/auth.me"), { credentials: "same-origin" });
  const body: { result?: { data?: { admin: string | null } } } = await response.json();
  if (!response.ok || !body.result?.data) throw new Error(`the server answered ${response.status}`);
  return body.result.data.admin;
}

/** How a new sign-in link is had: by a signal, or by a restart only. @throws when the server cannot be reached. */
export async function newLinkBy(): Promise<"signal" | "restart"> {
  const response = await fetch(serverPath("/trpc/auth.newLinkBy"), { credentials: "same-origin" });
  const body: { result?: { data?: "signal" | "restart" } } = await response.json();
  if (!body.result?.data) throw new Error(`the server answered ${response.status}`);
  return body.result.data;
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

/** What the server said is wrong, in words; for a lost connection, that. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `data` part of a refusal by the server; empty for every other error. */
export function errorData(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof TRPCClientError && error.data ? (error.data as Record<string, unknown>) : {};
}
