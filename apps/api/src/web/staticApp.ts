/** Serves a built web app: its files, and its page for every path that is no file. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Middleware } from "koa";
import sirv from "sirv";

export interface StaticApp {
  /** What people call it in a message. */
  readonly name: string;
  readonly folder: string;
  /** Where it is served, such as `/admin`; empty for the root. */
  readonly prefix: string;
}

/** Pages that SvelteKit's static adapter writes for paths known only to the browser. */
const fallbacks = ["200.html", "index.html"];

export function staticApp({ name, folder, prefix }: StaticApp): Middleware {
  const page = fallbacks.find((file) => existsSync(join(folder, file)));
  if (page === undefined) {
    return (ctx) => {
      ctx.status = 503;
      ctx.body = `The ${name} has not been built: run npm run build, then start the server again.\n`;
    };
  }
  const policy = contentSecurityPolicy(readFileSync(join(folder, page), "utf8"));
  const serve = sirv(folder, {
    single: page,
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(res, path) {
      // Files under immutable/ carry a hash of their content in their names; everything else is asked for again.
      res.setHeader("Cache-Control", path.includes("/immutable/") ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return async (ctx, next) => {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return next();
    const { req, res } = ctx;
    const url = req.url ?? "/";
    req.url = url.slice(prefix.length).replace(/^(?!\/)/, "/");
    ctx.respond = false;
    // Not in `setHeaders`, which an answer "not modified" passes by: its stricter policy would then replace the cached page's.
    res.setHeader("Content-Security-Policy", policy);
    serve(req, res, () => {
      res.statusCode = 404;
      res.setHeader("Content-Type", "text/plain; charset=utf-8");
      res.end("Not found\n");
    });
  };
}

/** Everything from this server only. The page's own inline scripts are allowed by their hashes, and no others. */
export function contentSecurityPolicy(page = ""): string {
  const scripts = [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = scripts.map(
    ([, text]) =>
      `'sha256-${createHash("sha256")
        .update(text ?? "")
        .digest("base64")}'`,
  );
  return [
    "default-src 'self'",
    `script-src ${["'self'", ...hashes].join(" ")}`,
    // Svelte's transitions and bits-ui set style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
