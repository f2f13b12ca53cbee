/** Tokens as an application of the users' own makes them, and a place for its public keys. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export const SECRET = "a secret that only the application and the server know";

/** The claims of a good token; `undefined` leaves one out. */
export interface Claims {
  readonly [claim: string]: unknown;
}

const good = { sub: "user-7", name: "Ada" };

/** Seconds since 1970, that far from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

function payload(claims: Claims): JWTPayload {
  const all = Object.entries({ ...good, exp: inSeconds(300), ...claims });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

export function signed(claims: Claims = {}, secret: string | Uint8Array = SECRET): Promise<string> {
  const key = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  return new SignJWT(payload(claims)).setProtectedHeader({ alg: "HS256" }).sign(key);
}

/** A token put together by hand, with any header and signature. */
export function forged(header: object, claims: Claims = {}, signature = ""): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload(claims))}.${signature}`;
}

export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  /** What it publishes, as text. */
  readonly published: string;
  /** Reads of the keys so far. */
  readonly reads: number;
  /** How it answers from now on. */
  answer(how: "keys" | "error" | "flood" | "never"): void;
  sign(claims?: Claims, header?: object): Promise<string>;
}

/** An identity provider that publishes one ES256 key. */
export async function startKeyServer(): Promise<KeyServer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const published = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" }] });
  let how: Parameters<KeyServer["answer"]>[0] = "keys";
  let reads = 0;
  const server = createServer((_, response) => {
    reads += 1;
    response.setHeader("content-type", "application/json");
    if (how === "keys") response.end(published);
    else if (how === "error") response.writeHead(500).end();
    else if (how === "flood") response.end(" ".repeat(1_000_000));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    published,
    get reads() {
      return reads;
    },
    answer(next) {
      how = next;
    },
    sign: (claims, header) => signWith(privateKey, claims, header),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function signWith(key: CryptoKey, claims: Claims = {}, header: object = {}): Promise<string> {
  return new SignJWT(payload({ aud: "chat", ...claims })).setProtectedHeader({ alg: "ES256", kid: "one", ...header }).sign(key);
}
