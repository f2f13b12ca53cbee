/** Assembles what knows operators: accounts, sign-ins, links and tokens. */
import { join } from "node:path";
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import { isExposed } from "../config/exposure.ts";
import type { Config } from "../config.ts";
import type { Guarded } from "../guarded.ts";
import type { Store } from "../ledger/store.ts";
import type { Services } from "../services.ts";
import { AdminAuth } from "./adminAuth.ts";
import { Audit } from "./audit.ts";
import { CookieSigner } from "./cookieSigner.ts";
import { FailedAttempts } from "./failedAttempts.ts";
import { FirstLink } from "./firstLink.ts";
import { Keyring } from "./keyring.ts";
import { KnownBrowsers } from "./knownBrowsers.ts";
import { createOidc } from "./oidc/oidc.ts";
import { OperatorSessions } from "./operatorSessions.ts";
import { Operators } from "./operators.ts";
import { Passwords } from "./passwords.ts";
import { SignInLinks } from "./signInLinks.ts";
import { SignIns } from "./signIns.ts";
import { TokenFile } from "./tokenFile.ts";

/** Wait of a name at most. Short, since strangers can make anybody's name wait. */
const LONGEST_NAME_WAIT_MS = 5_000;

export interface SignInSetup {
  readonly config: Config;
  readonly dataFolder: string;
  readonly store: Store;
  readonly keeper: SessionKeeper;
  readonly guarded: Guarded;
  readonly log: KeeperLog;
  readonly now: () => number;
}

export type SignInServices = Pick<
  Services,
  | "auth"
  | "attempts"
  | "attemptsByName"
  | "knownBrowsers"
  | "tokens"
  | "signIns"
  | "operators"
  | "passwords"
  | "links"
  | "oidc"
  | "firstLink"
  | "audit"
  | "operatorSessions"
>;

export async function createSignInServices(parts: SignInSetup): Promise<SignInServices> {
  const { config, dataFolder, store, keeper, guarded, log, now } = parts;
  const keyring = new Keyring(join(dataFolder, "operators.json"));
  const { sessionMs, oidc } = config.operators;
  const signIns = new SignIns(guarded);
  const operators = await Operators.load({ store: store.operators, now, sessionMs, issuer: oidc?.issuer ?? null, log });
  const links = new SignInLinks(keyring, now);
  return {
    signIns,
    operatorSessions: new OperatorSessions(keeper, signIns),
    operators,
    passwords: new Passwords(),
    links,
    oidc: createOidc({ config, keyring, now }),
    firstLink: new FirstLink({ operators, links, signsIn: !isExposed(config.server.host) }),
    attempts: new FailedAttempts(),
    attemptsByName: new FailedAttempts({ longestWaitMs: LONGEST_NAME_WAIT_MS }),
    knownBrowsers: new KnownBrowsers(keyring, now),
    audit: new Audit(store.audit, now),
    auth: new AdminAuth(new CookieSigner(keyring, now), operators),
    tokens: new TokenFile(join(dataFolder, "tokens.json"), now, (problem) => log.error(`API tokens are disabled: ${problem}`)),
  };
}
