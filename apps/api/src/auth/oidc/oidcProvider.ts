/**
 * The identity provider, spoken to by `openid-client`, which is loaded when somebody first signs in through it. A provider that is down
 * keeps nobody from anything else: it is asked when needed, for a bounded time, by a bounded number of sign-ins at a time.
 */
import type { ClientAuth, Configuration, CustomFetch } from "openid-client";
import type { OidcConfig } from "../../config/oidcFields.ts";
import { boundedFetch } from "../../users/boundedFetch.ts";
import { Circuit } from "../../users/circuit.ts";
import { Turns } from "../../users/turns.ts";
import type { OidcAttempt } from "./oidcAttempt.ts";
import type { Claims } from "./oidcIdentity.ts";

const ANSWER_MAX_BYTES = 262_144;
const ANSWER_S = 5;
const AT_ONCE = 10;

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
  readonly #turns = new Turns({ atOnce: AT_ONCE, waitMs: ANSWER_S * 1_000 });
  #ready: Promise<Ready> | null = null;

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
      const tokens = await this.#turns.take(() =>
        library.authorizationCodeGrant(client, answered, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        }),
      );
      return tokens.claims() as Claims;
    } catch (thrown) {
      throw judged(thrown, library);
    }
  }

  /** Reads the provider's description once it is wanted; one that failed is read again. */
  #discovered(): Promise<Ready> {
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

/** The method that the provider takes; `client_secret_basic` if it does not say. OpenID Connect Discovery 1.0, section 3. */
function clientAuth(library: Library, secret: string): ClientAuth {
  const [inBody, inHeader] = [library.ClientSecretPost(secret), library.ClientSecretBasic(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? inHeader : inBody)(server, client, body, headers);
  };
}

/** Codes of `openid-client` for an answer that came and does not hold. */
const INVALID = /^OAUTH_(JWT_|INVALID_RESPONSE|INVALID_REQUEST|PARSE_ERROR|KEY_SELECTION)/;

function judged(thrown: unknown, { AuthorizationResponseError, ResponseBodyError }: Library): unknown {
  if (thrown instanceof AuthorizationResponseError) return new DeniedError(thrown.error);
  if (thrown instanceof ResponseBodyError && thrown.error === "invalid_grant") return new InvalidAnswerError(thrown.error);
  const { code, message } = thrown as Error & { code?: string };
  return INVALID.test(code ?? "") ? new InvalidAnswerError(`${code}: ${message}`) : thrown;
}
