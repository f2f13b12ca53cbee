/** Makes the users of the configured mode. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import type { SecretSource } from "../config/userFields.ts";
import type { Config } from "../config.ts";
import { failure } from "../contract/errors.ts";
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
  if (users.mode === "webhook") {
    const secret = readSecret(users.webhook.secret, root, "users.webhook.secret_file") ?? "";
    return createWebhookUsers({ config: users.webhook, secret, now, log });
  }
  return createJwtUsers({ config: users.jwt, secret: readSecret(users.jwt.secret, root, "users.jwt.secret_file"), now, log });
}

function readSecret({ secret, file }: SecretSource, root: string, key: string): string | null {
  if (file === null) return secret;
  const read = contentOf(resolve(root, file), key).trim();
  const bytes = Buffer.byteLength(read);
  if (bytes >= MIN_SECRET_BYTES) return read;
  throw failure("invalid_config", `${key}: expected a file with at least ${MIN_SECRET_BYTES} bytes, got ${bytes}`);
}

function contentOf(file: string, key: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw failure("invalid_config", `${key}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}
