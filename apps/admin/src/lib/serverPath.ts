import { resolve } from "$app/paths";

/** Where the server is: empty, or the path that a proxy serves it at. This page is at `/admin` below it. */
export function basePath(): string {
  return resolve("/").replace(/\/admin\/?$/, "");
}

/** Where the server has something of its own, such as `/api`. */
export function serverPath(path: `/${string}`): string {
  return `${basePath()}${path}`;
}
