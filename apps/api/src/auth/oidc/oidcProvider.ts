/**
 * The identity provider, spoken to by `openid-client`, which is loaded when somebody first signs in through it. A provider that is down
 * keeps nobody from anything else: it is asked when needed, for a bounded time, by a bounded number of sign-ins at a time.
 */
import type { ClientAuth, Configuration, CustomFetch } from "openid-client";
import { type OidcConfig, sameIssuer } from "../../config/oidcFields.ts";
import { boundedFetch } from "../../users/boundedFetch.ts";
import { Circuit } from "../../users/circuit.ts";
import type { OidcAttempt } from "./oidcAttempt.ts";
import type { Claims } from "./oidcIdentity.ts";

const ANSWER_MAX_BYTES = 262_144;
const ANSWER_S = 5;
/** Its addresses may change. */
const READ_AGAIN_MS = 3_600_000;

type Library = typeof import("openid-client");

interface Ready {
  readonly library: Library;
  readonly client: Configuration;
}

export interface OidcProviderParts {
  readonly config: OidcConfig;
  readonly secret: string;
}

/** The provider's answer is not one to this attempt, or is not valid. */
export class InvalidAnswerError extends Error {}
/** The provider, or whoever sat before it, refused. */
export class DeniedError extends Error {}

export class OidcProvider {
  readonly #parts: OidcProviderParts;
  readonly #circuit = new Circuit();
  #ready: Promise<Ready> | null = null;
  #readAgainMs = 0;

  constructor(parts: OidcProviderParts) {
    this.#parts = parts;
  }

  /** Where the browser goes to sign in. @throws {Error} if the provider cannot be asked where that is. */
  async address({ state, nonce, verifier }: OidcAttempt, redirectUri: string): Promise<URL> {
    const { library, client } = await this.#discovered();
    return library.buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope: this.#parts.config.scopes,
      state,
      nonce,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
  }

  /**
   * What the provider says of whoever came back.
   * @param answered the address with which the browser came back.
   * @throws {InvalidAnswerError} {DeniedError} {Error} the last if the provider cannot be asked.
   */
  async claims(answered: URL, { state, nonce, verifier }: OidcAttempt): Promise<Claims> {
    const { library, client } = await this.#discovered();
    try {
      const tokens = await library.authorizationCodeGrant(client, answered, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() as Claims;
      // The library takes any tenant's word where a provider describes all of them at once.
      if (claims.iss !== client.serverMetadata().issuer) throw new InvalidAnswerError(`the issuer is ${claims.iss}`);
      return claims;
    } catch (thrown) {
      throw judged(thrown, library);
    }
  }

  /** Reads the provider's description once it is wanted, and again after a while; one that failed is read at once. */
  #discovered(): Promise<Ready> {
    const nowMs = performance.now();
    if (nowMs > this.#readAgainMs) this.#ready = null;
    if (this.#ready === null) this.#readAgainMs = nowMs + READ_AGAIN_MS;
    this.#ready ??= this.#discover().catch((thrown: unknown) => {
      this.#ready = null;
      throw thrown;
    });
    return this.#ready;
  }

  async #discover(): Promise<Ready> {
    if (!this.#circuit.allows(performance.now())) throw new Error("it failed three times in a row, and is left alone for 5 s");
    const { config, secret } = this.#parts;
    const library = await import("openid-client");
    const { customFetch, allowInsecureRequests, enableNonRepudiationChecks } = library;
    const issuer = new URL(config.issuer);
    // The configuration allows plain HTTP to this machine only.
    const insecure = issuer.protocol === "http:" ? [allowInsecureRequests] : [];
    try {
      const client = await library.discovery(issuer, config.clientId, undefined, clientAuth(library, secret), {
        timeout: ANSWER_S,
        [customFetch]: limitedFetch,
        // Checks the signature of ID tokens, too, though they come straight from the provider.
        execute: [...insecure, enableNonRepudiationChecks],
      });
      const { issuer: named } = client.serverMetadata();
      if (!sameIssuer(named, config.issuer)) throw new Error(`${config.issuer} calls itself ${named}`);
      this.#circuit.succeeded();
      return { library, client };
    } catch (thrown) {
      this.#circuit.failed(performance.now());
      throw thrown;
    }
  }
}

/** The library's idea of a body is wider than that of a DOM. */
const limitedFetch: CustomFetch = (url, options) =>
  boundedFetch(url, { ...(options as RequestInit), limitBytes: ANSWER_MAX_BYTES });

/**
 * In the body where the provider takes it there: in the header some do not undo the encoding that RFC 6749, section 2.3.1, asks for.
 * A provider that does not say takes the header. OpenID Connect Discovery 1.0, section 3.
 */
function clientAuth(library: Library, secret: string): ClientAuth {
  const [inBody, inHeader] = [library.ClientSecretPost(secret), library.ClientSecretBasic(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? [];
    return (methods.includes("client_secret_post") ? inBody : inHeader)(server, client, body, headers);
  };
}

/** Codes of `openid-client` for an answer that came and does not hold. */
const INVALID = /^OAUTH_(JWT_|INVALID_RESPONSE|INVALID_REQUEST|PARSE_ERROR|KEY_SELECTION|UNSUPPORTED_OPERATION)/;
/** OpenID Connect Core 1.0, section 3.1.2.6: what depends on the person. */
const DENIED = new Set(["access_denied", "consent_required", "login_required", "interaction_required"]);

function judged(thrown: unknown, { AuthorizationResponseError, ResponseBodyError }: Library): unknown {
  if (thrown instanceof InvalidAnswerError) return thrown;
  if (thrown instanceof AuthorizationResponseError || thrown instanceof ResponseBodyError) {
    const said = `${thrown.error}: ${thrown.error_description ?? "no description"}`;
    if (DENIED.has(thrown.error)) return new DeniedError(said);
    return thrown.error === "invalid_grant" ? new InvalidAnswerError(said) : new Error(said);
  }
  const { code } = thrown as { code?: string };
  return INVALID.test(code ?? "") ? new InvalidAnswerError(causeOf(thrown)) : thrown;
}

const MAX_TOLD = 300;

/** What went wrong, for the log: messages, codes and the claim that did not fit, never what the provider sent beside. */
export function causeOf(thrown: unknown): string {
  const told: string[] = [];
  for (let error = thrown; error instanceof Error && told.length < 4; error = error.cause) {
    const { code, cause } = error as { code?: string; cause?: { claim?: unknown } };
    const claim = typeof cause?.claim === "string" ? `, claim ${cause.claim}` : "";
    told.push(`${code === undefined ? "" : `${code}: `}${error.message}${claim}`);
  }
  return (told.length === 0 ? String(thrown) : told.join("; ")).slice(0, MAX_TOLD);
}
