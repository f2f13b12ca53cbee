import { resolve } from "$app/paths";

/** Where the server is: empty, or the path that a proxy serves it at. */
export function basePath(): string {
  return resolve("/").replace(/\/$/, "");
}
