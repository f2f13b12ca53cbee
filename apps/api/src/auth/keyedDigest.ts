/** Signs what the server gives out and takes back: cookies, links, attempts. Each text begins with what it is, so that none serves as another. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** HMAC-SHA256. */
export function keyedDigest(secret: string, text: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

/** Whether the base64url text is this digest. Takes as long for every text of its length. */
export function isDigest(given: string, expected: Buffer): boolean {
  const bytes = Buffer.from(given, "base64url");
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
