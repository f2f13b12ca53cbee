/** Signs what is posted (rule WHK5), so that a receiver can tell that it comes from this server and is not an old message again. */
import { createHmac } from "node:crypto";

/** The value of `Lastbeat-Signature`: when it was signed, in Unix seconds, and HMAC-SHA256 of `<seconds>.<body>` in hexadecimal. */
export function signatureOf(body: string, { secret, atMs }: { readonly secret: string; readonly atMs: number }): string {
  const seconds = Math.floor(atMs / 1_000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
