/** Serves a built web app: its files, and its page for every other path. */
import { createHash } from "node:crypto";
import { extname } from "node:path";
import type { Context, Middleware } from "koa";
import { type BuiltFile, BuiltFiles, builtText } from "./builtFiles.ts";
import { pageAt } from "./pageAt.ts";
import { sendFile } from "./sendFile.ts";

export interface StaticApp {
  /** Its name in messages. */
  readonly name: string;
  readonly folder: string;
  /** Its path, such as `/admin`; empty for the root. */
  readonly prefix: string;
  /** The path at which a proxy serves Lastbeat, before `prefix`; empty for none. */
  readonly basePath?: string;
}

/** The fallback page written by SvelteKit's static adapter for client-side routes. */
const PAGE = "index.html";

export function staticApp({ name, folder, prefix, basePath = "" }: StaticApp): Middleware {
  const files = new BuiltFiles(folder);
  const pages = new WeakMap<BuiltFile, ServedPage>();
  const sendPage = (ctx: Context, built: BuiltFile) => {
    const served = pages.get(built) ?? servedPage(built, basePath);
    pages.set(built, served);
    const { page, policy } = served;
    // Set for 304 responses too: otherwise a stricter policy would replace the cached page's.
    ctx.set("Content-Security-Policy", policy);
    sendFile(ctx, page, "html");
  };
  return async (ctx, next) => {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return next();
    const path = decoded(ctx.path.slice(prefix.length + 1));
    const isPage = path === null || !/\.\w+$/.test(path);
    if (isPage || path === PAGE) {
      const page = await files.read(PAGE);
      if (page !== null) return sendPage(ctx, page);
      ctx.status = 503;
      ctx.body = `The ${name} has not been built, or is being built now: run npm run build.\n`;
      return;
    }
    const file = await files.read(path);
    if (file !== null) return sendFile(ctx, file, extname(path), path.includes("/immutable/"));
    ctx.status = 404;
    ctx.body = "Not found\n";
  };
}

interface ServedPage {
  readonly page: BuiltFile;
  readonly policy: string;
}

function servedPage(built: BuiltFile, basePath: string): ServedPage {
  const text = pageAt(built.plain.bytes.toString(), basePath);
  return { page: builtText(text), policy: contentSecurityPolicy(text) };
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** Allows content from this server only. The page's own inline scripts are allowed by hash, and no others. */
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
