/** Answers made here and now are compressed with what the client likes best. */
import type { Middleware } from "koa";
import compress from "koa-compress";
import { acceptedCoding } from "./acceptedCoding.ts";

const codings = ["zstd", "br", "gzip", "deflate"] as const;

/**
 * The library is told one coding instead of the client's own words: of a client that takes nothing at all (`*;q=0`) it would make a header
 * without a value. Such a client gets the answer as it is.
 */
export function compression(): Middleware {
  const compressed = compress();
  return (ctx, next) =>
    compressed(ctx, async () => {
      await next();
      const wanted = ctx.get("accept-encoding");
      // Who takes anything may still be surprised by the younger ones.
      ctx.req.headers["accept-encoding"] = wanted === "*" ? "gzip" : (acceptedCoding(wanted, codings) ?? "identity");
    });
}
