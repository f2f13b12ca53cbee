/** Which pages may connect: those served from here, and those of the origins in the configuration. */

/**
 * Programs send no `Origin`; browsers always do on a WebSocket, and a page cannot forge it. `host` is the request's `Host`,
 * which a browser fills with the address it connected to.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
