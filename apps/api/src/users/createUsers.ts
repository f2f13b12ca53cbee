/** Makes the users of the configured mode. */
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import { readSecret } from "../config/secretSource.ts";
import type { Config } from "../config.ts";
import type { Guarded } from "../guarded.ts";
import { Expiries } from "./expiries.ts";
import { identifyGuest } from "./guestId.ts";
import type { Identify } from "./identity.ts";
import { createJwtUsers } from "./jwtUsers.ts";
import { Users } from "./users.ts";
import { createWebhookUsers } from "./webhookUsers.ts";

const MIN_SECRET_BYTES = 32;

export interface UsersSetup {
  readonly config: Pick<Config, "users" | "root">;
  readonly keeper: SessionKeeper;
  readonly now: () => number;
  readonly log: KeeperLog;
  readonly guarded: Guarded;
}

/** @throws {LastbeatError} `invalid_config` if a secret cannot be read. */
export function createUsers({ config, keeper, now, log, guarded }: UsersSetup): Users {
  const { mode } = config.users;
  return new Users({ mode, identify: identifyBy(config, now, log), expiries: new Expiries(keeper, guarded), now });
}

function identifyBy({ users, root }: UsersSetup["config"], now: () => number, log: KeeperLog): Identify {
  if (users.mode === "guest") return identifyGuest;
  const file = (key: string) => ({ root, key, minBytes: MIN_SECRET_BYTES });
  if (users.mode === "webhook") {
    const secret = readSecret(users.webhook.secret, file("users.webhook.secret_file")) ?? "";
    return createWebhookUsers({ config: users.webhook, secret, now, log });
  }
  const secret = readSecret(users.jwt.secret, file("users.jwt.secret_file"));
  return createJwtUsers({ config: users.jwt, secret, now, log });
}
