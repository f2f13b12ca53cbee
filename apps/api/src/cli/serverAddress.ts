/** Which server a command asks, and with which token. */
import { UsageError } from "./failure.ts";
import type { Flags, Given } from "./flags.ts";
import { plain } from "./show.ts";
import type { Terminal } from "./terminal.ts";

export const defaultUrl = "http://127.0.0.1:8000";

export const serverFlags: Flags = {
  url: { value: "<url>", help: `the server, else that in LASTBEAT_URL, else ${defaultUrl}` },
  token: { value: "<token>", help: "a token for it, else that in LASTBEAT_TOKEN; none is needed to read on its own machine" },
};

export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** @throws {UsageError} when the address is none. */
export function serverOf({ values }: Given, { env }: Terminal): ServerAddress {
  const url = values.url ?? (env.LASTBEAT_URL?.trim() || defaultUrl);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || new URL(url).username !== "")
    throw new UsageError(
      `the server's address: expected one such as ${defaultUrl}, got ${plain(url.replace(/\/\/.*@/, "//…@"))}`,
    );
  const token = values.token ?? (env.LASTBEAT_TOKEN?.trim() || undefined);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new UsageError("the token has characters that no token has");
  return { url: url.replace(/\/+$/, ""), token };
}
