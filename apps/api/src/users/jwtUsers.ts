/**
 * Users that their own application vouches for with a JSON Web Token (rule WHO2). The algorithms are fixed by the configuration, never by
 * the token: a shared secret takes HS256 alone, published keys take signatures alone, and `none` is nowhere.
 */
import type { KeeperLog } from "@lastbeat/core";
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { JwtConfig } from "../config/userFields.ts";
import { userName } from "../contract/inputs.ts";
import { boundedFetch } from "./boundedFetch.ts";
import { Circuit } from "./circuit.ts";
import { type Identified, type Identify, type Identity, refusedUser, unknownNow } from "./identity.ts";
import { roomRules } from "./roomRules.ts";
import { userIdText } from "./userId.ts";

const SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
const KEYS_TIMEOUT_MS = 3_000;
const KEYS_MAX_BYTES = 262_144;
/** How long after a read of the keys an unknown one does not cause another. */
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_MAX_AGE_MS = 600_000;

type Verify = (token: string) => Promise<JWTPayload>;

export interface JwtUsers {
  readonly config: JwtConfig;
  /** The shared secret, wherever it was configured; `null` with published keys. */
  readonly secret: string | null;
  readonly now: () => number;
  readonly log: KeeperLog;
}

export function createJwtUsers({ config, secret, now, log }: JwtUsers): Identify {
  const verify = secret === null ? byPublishedKeys(config, now) : bySecret(secret, config, now);
  return async ({ token }) => {
    if (token === undefined) return refusedUser("sign in first: this server wants a token of your application");
    try {
      return identityOf(await verify(token), config);
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (!refusal.ok && refusal.retry) log.warn("The keys of users' tokens cannot be read", { error: thrown });
      return refusal;
    }
  };
}

function optionsOf({ issuer, audience, clockToleranceMs }: JwtConfig, now: () => number): JWTVerifyOptions {
  return {
    ...(issuer !== null && { issuer }),
    ...(audience !== null && { audience }),
    clockTolerance: clockToleranceMs / 1_000,
    // A token without an end would be valid for ever, whoever finds it.
    requiredClaims: ["sub", "exp"],
    currentDate: new Date(now()),
  };
}

function bySecret(secret: string, config: JwtConfig, now: () => number): Verify {
  const key = new TextEncoder().encode(secret);
  return async (token) => (await jwtVerify(token, key, { ...optionsOf(config, now), algorithms: ["HS256"] })).payload;
}

function byPublishedKeys(config: JwtConfig, now: () => number): Verify {
  const circuit = new Circuit();
  const keys = createRemoteJWKSet(new URL(config.jwksUrl ?? ""), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: (url, { signal, headers }) => readKeys(url, { circuit, signal, headers }),
  });
  return async (token) => (await jwtVerify(token, keys, { ...optionsOf(config, now), algorithms: SIGNATURES })).payload;
}

interface KeysRead {
  readonly circuit: Circuit;
  readonly signal: AbortSignal;
  readonly headers: Headers;
}

async function readKeys(url: string, { circuit, signal, headers }: KeysRead): Promise<Response> {
  if (!circuit.allows(performance.now())) throw new Error("the keys could not be read just now");
  try {
    const response = await boundedFetch(url, { signal, headers, limitBytes: KEYS_MAX_BYTES });
    if (!response.ok) throw new Error(`status ${response.status}`);
    circuit.succeeded();
    return response;
  } catch (thrown) {
    circuit.failed(performance.now());
    throw thrown;
  }
}

function identityOf(payload: JWTPayload, { nameClaim, roomsClaim }: JwtConfig): Identified {
  const userId = userIdText.safeParse(payload.sub);
  if (!userId.success) return refusedUser("the token's claim sub is not a text of 1 to 200 characters");
  const name = userName.safeParse(payload[nameClaim]);
  if (!name.success) return refusedUser(`the token's claim ${nameClaim} is not a name`);
  const rooms = roomsClaim === null ? null : roomRules.safeParse(payload[roomsClaim]);
  if (rooms?.success === false) return refusedUser(`the token's claim ${roomsClaim} is not a list of rooms`);
  const identity: Identity = {
    userId: userId.data,
    name: name.data,
    rooms: rooms?.data ?? null,
    expiresAtMs: (payload.exp ?? 0) * 1_000,
  };
  return { ok: true, identity };
}

/** What a client is told of a token that is not accepted: enough to mend the application, nothing that helps to forge one. */
function refusalOf(thrown: unknown): Identified {
  if (thrown instanceof errors.JWTExpired) return refusedUser("the token has expired; get a new one");
  if (thrown instanceof errors.JWTClaimValidationFailed) return refusedUser(`the token's claim ${thrown.claim} is not accepted`);
  if (thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) return unavailable;
  if (thrown instanceof errors.JOSEError && thrown.code !== "ERR_JOSE_GENERIC") return refusedUser("the token is not valid");
  return unavailable;
}

const unavailable = unknownNow("tokens cannot be checked now; try again later");
