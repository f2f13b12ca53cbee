/** How an operator gets a new sign-in link from a running server. */

/** By sending SIGUSR2. Windows has no such signal and needs a restart. */
export type LinkRenewal = "signal" | "restart";

export const linkRenewal: LinkRenewal = process.platform === "win32" ? "restart" : "signal";
