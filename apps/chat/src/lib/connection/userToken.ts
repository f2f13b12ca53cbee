/**
 * The token by which the user's own application vouches for who this is. The application opens the chat with `#token=…`, which is removed
 * from the address at once, or defines `window.lastbeat.token`, which is asked whenever a fresh one is needed.
 */

declare global {
  interface Window {
    lastbeat?: { readonly token?: () => string | null | Promise<string | null> };
  }
}

/** Kept for this tab, so that a reload still has it. */
const KEY = "lastbeat.token";

/** Moves a token out of the address, where it could be copied, bookmarked or seen. Call before anything else reads the address. */
export function takeTokenFromAddress(): void {
  const fields = new URLSearchParams(location.hash.slice(1));
  const token = fields.get("token");
  if (token === null) return;
  write(token);
  fields.delete("token");
  const rest = fields.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
}

/**
 * `null` where users choose their own names.
 * @throws (rejects) what the application's own function throws: it is asked again later. The token known before may have expired, and
 * the server would turn that away for good.
 */
export async function userToken(): Promise<string | null> {
  const given = await window.lastbeat?.token?.();
  if (typeof given === "string") write(given);
  return read();
}

/** The name in the token, to show before the server has confirmed it; `null` without a token. */
export function nameInToken(): string | null {
  const token = read();
  if (token === null) return window.lastbeat?.token === undefined ? null : "you";
  try {
    const bytes = Uint8Array.from(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
    const { name } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly name?: unknown };
    return typeof name === "string" && name !== "" ? name : "you";
  } catch {
    return "you";
  }
}

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return inThisPage;
  }
}

/** Where storage is forbidden. */
let inThisPage: string | null = null;

function write(token: string): void {
  inThisPage = token;
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Until the page is reloaded.
  }
}
