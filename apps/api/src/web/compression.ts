/** Compresses dynamic responses with the client's preferred coding. */
import type { Middleware } from "koa";
import compress from "koa-compress";
import { acceptedCoding } from "./acceptedCoding.ts";

const codings = ["zstd", "br", "gzip", "deflate"] as const;

/**
 * The library is given a single coding instead of the client's header: for a client that accepts nothing (`*;q=0`) it would write a
 * header without a value. Such a client gets the response uncompressed.
 */
export function compression(): Middleware {
  const compressed = compress();
  return (ctx, next) =>
    compressed(ctx, async () => {
      await next();
      const wanted = ctx.get("accept-encoding");
      // A client that sends `*` may still not support the newer codings.
      ctx.req.headers["accept-encoding"] = wanted === "*" ? "gzip" : (acceptedCoding(wanted, codings) ?? "identity");
    });
}
