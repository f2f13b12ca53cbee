/** Determines the server and token that a command uses. */
import { failure } from "../contract/errors.ts";
import { expectedGot } from "../contract/validation.ts";
import type { Flags, Given } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

export const defaultUrl = "http://127.0.0.1:8000";

export const serverFlags: Flags = {
  url: { value: "<url>", help: `the server (default: LASTBEAT_URL, or else ${defaultUrl})` },
  token: { value: "<token>", help: "its token (default: LASTBEAT_TOKEN); not needed to read from a server on this machine" },
};

export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** @throws {LastbeatError} `usage` if the URL is invalid. */
export function serverOf({ values }: Given, { env }: Terminal): ServerAddress {
  const url = values.url ?? (env.LASTBEAT_URL?.trim() || defaultUrl);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || new URL(url).username !== "")
    throw failure("usage", `--url: ${expectedGot(`a URL such as ${defaultUrl}`, url.replace(/\/\/.*@/, "//…@"))}`);
  const token = values.token ?? (env.LASTBEAT_TOKEN?.trim() || undefined);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw failure("usage", "--token: expected printable ASCII characters without spaces");
  return { url: url.replace(/\/+$/, ""), token };
}
