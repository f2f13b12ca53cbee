/** A small OpenID provider for tests: signs everybody in at once, and lies when told to. */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export const CLIENT_ID = "lastbeat";
export const CLIENT_SECRET = "an-oidc-secret-for-tests";

export interface Lies {
  /** Instead of the claims of an honest ID token. `undefined` leaves one out. */
  claims?: JWTPayload;
  /** Signs with a key that it does not publish. */
  otherKey?: boolean;
  /** Answers no request for tokens. */
  hangs?: boolean;
  /** Answers its description and requests for tokens with this status. */
  status?: number;
  /** What it calls itself in its description. */
  issuer?: string;
  /** Knows this server under another secret. */
  otherSecret?: boolean;
}

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** Who sits before it. */
  user: JWTPayload & { sub: string };
  /** It sends everybody back with this error. */
  denies: string | null;
  lies: Lies;
  /** Requests for tokens so far. */
  readonly tokenRequests: number;
}

interface Code {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export async function startIssuer(port = 0): Promise<TestIssuer> {
  const [keys, others] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  const codes = new Map<string, Code>();
  const state = {
    user: { sub: "u-1", email: "ada@example.com" },
    denies: null as string | null,
    lies: {} as Lies,
    tokenRequests: 0,
  };
  let url = "";

  const description = () => ({
    issuer: state.lies.issuer ?? url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  });

  /** Sends the browser back with a code, as after a sign-in. */
  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    if (state.denies === null) {
      const code = randomUUID();
      const challenge = query.get("code_challenge_method") === "S256" ? (query.get("code_challenge") ?? "") : "";
      codes.set(code, { nonce: query.get("nonce") ?? "", challenge, redirectUri: query.get("redirect_uri") ?? "" });
      back.searchParams.set("code", code);
    } else back.searchParams.set("error", state.denies);
    response.writeHead(302, { location: back.href }).end();
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.tokenRequests += 1;
    if (state.lies.hangs) return;
    const given = Buffer.from((request.headers.authorization ?? "").replace("Basic ", ""), "base64").toString();
    if (state.lies.otherSecret || decodeURIComponent(given) !== `${CLIENT_ID}:${CLIENT_SECRET}`)
      return json(response, 401, { error: "invalid_client" });
    const form = new URLSearchParams(await textOf(request));
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (code === undefined || code.challenge !== challenge || code.redirectUri !== form.get("redirect_uri"))
      return json(response, 400, { error: "invalid_grant" });
    const now = Math.floor(Date.now() / 1_000);
    const honest = { iss: url, aud: CLIENT_ID, iat: now, exp: now + 300, nonce: code.nonce, ...state.user };
    const id_token = await new SignJWT({ ...honest, ...state.lies.claims })
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .sign(state.lies.otherKey ? others.privateKey : keys.privateKey);
    json(response, 200, { access_token: "unused", token_type: "Bearer", expires_in: 300, id_token });
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    if (state.lies.status !== undefined && pathname !== "/authorize") return json(response, state.lies.status, {});
    if (pathname === "/.well-known/openid-configuration") return json(response, 200, description());
    if (pathname === "/keys") return json(response, 200, { keys: [jwk] });
    if (pathname === "/authorize") return authorize(searchParams, response);
    if (pathname === "/token") return void token(request, response);
    json(response, 404, {});
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += part;
  return text;
}
