/** Signing in through an OpenID provider, as it is configured. */
import type { OidcConfig } from "../../config/oidcFields.ts";
import { readSecret } from "../../config/secretSource.ts";
import { OIDC_SECRET_BYTES } from "../../config/serverFields.ts";
import type { Config } from "../../config.ts";
import { Turns } from "../../users/turns.ts";
import type { Keyring } from "../keyring.ts";
import { OidcAttempts } from "./oidcAttempt.ts";
import { OidcProvider } from "./oidcProvider.ts";

const AT_ONCE = { atOnce: 10, waitMs: 5_000 };

export interface Oidc {
  readonly config: OidcConfig;
  readonly attempts: OidcAttempts;
  readonly provider: OidcProvider;
  /** Bounds what the provider is asked at once. */
  readonly turns: Turns;
}

export interface OidcSetup {
  readonly config: Pick<Config, "operators" | "root">;
  readonly keyring: Keyring;
  readonly now: () => number;
}

/** `null` if none is configured. @throws {LastbeatError} `invalid_config` if its secret cannot be read. */
export function createOidc({ config: { operators, root }, keyring, now }: OidcSetup): Oidc | null {
  const { oidc: config } = operators;
  if (config === null) return null;
  const file = { root, key: "operators.oidc.client_secret_file", minBytes: OIDC_SECRET_BYTES };
  const secret = readSecret(config.secret, file) ?? "";
  return {
    config,
    attempts: new OidcAttempts(keyring, now),
    provider: new OidcProvider({ config, secret }),
    turns: new Turns(AT_ONCE),
  };
}
