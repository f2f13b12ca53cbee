import { resolve } from "$app/paths";

/** Where the server has something of its own, such as `/api`: this page is at `/admin`, both below whatever path a proxy serves them at. */
export function serverPath(path: `/${string}`): string {
  return `${resolve("/").replace(/\/admin\/?$/, "")}${path}`;
}

/** Address of a WebSocket of the server's. */
export function socketUrl(path: `/${string}`): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${serverPath(path)}`;
}
