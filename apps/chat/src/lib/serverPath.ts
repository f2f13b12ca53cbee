import { resolve } from "$app/paths";

/** Address of a WebSocket of the server's, which is wherever a proxy serves this page. */
export function socketUrl(path: `/${string}`): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${resolve("/").replace(/\/$/, "")}${path}`;
}
