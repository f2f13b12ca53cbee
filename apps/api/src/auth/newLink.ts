/** How an operator gets a new sign-in link while the server runs. */

/** By the signal SIGUSR2, or, on Windows, which has no such signal, only by a restart. */
export type NewLinkBy = "signal" | "restart";

export const newLinkBy: NewLinkBy = process.platform === "win32" ? "restart" : "signal";
