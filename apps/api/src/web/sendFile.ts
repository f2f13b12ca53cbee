/** Sends a file: negotiates its coding and answers range and conditional requests. RFC 9110. */
import type { Context } from "koa";
import { acceptedCoding } from "./acceptedCoding.ts";
import type { BuiltFile, Coded } from "./builtFiles.ts";
import { byteRange } from "./byteRange.ts";

const IMMUTABLE = "public, max-age=31536000, immutable";

/** `immutable`: the file's name contains a hash of its content. All other files are revalidated. */
export function sendFile(ctx: Context, file: BuiltFile, type: string, immutable = false): void {
  const chosen = chosenForm(ctx, file);
  // A partial response must not be compressed again, nor a form that has its own ETag.
  ctx.compress = false;
  if (file.compressed.length > 0) ctx.vary("Accept-Encoding");
  ctx.set("Cache-Control", immutable ? IMMUTABLE : "no-cache");
  ctx.set("Accept-Ranges", "bytes");
  ctx.set("ETag", chosen.etag);
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = ctx.headers;
  if (ifMatch !== undefined && !hasTag(ifMatch, chosen.etag)) {
    ctx.status = 412;
    return;
  }
  if (ifNoneMatch !== undefined && hasTag(ifNoneMatch.replaceAll("W/", ""), chosen.etag)) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  if (chosen.encoding !== undefined) ctx.set("Content-Encoding", chosen.encoding);
  sendPart(ctx, chosen);
}

function sendPart(ctx: Context, { bytes, etag }: Coded): void {
  const ifRange = ctx.get("If-Range");
  const asked = ctx.method === "GET" && (ifRange === "" || ifRange === etag) ? ctx.headers.range : undefined;
  const range = byteRange(asked, bytes.length);
  if (range === "whole") {
    ctx.body = bytes;
    return;
  }
  if (range === "unsatisfiable") {
    ctx.remove("Content-Encoding");
    ctx.set("Content-Range", `bytes */${bytes.length}`);
    ctx.status = 416;
    ctx.body = `The file has ${bytes.length} bytes; this range lies outside of them.\n`;
    ctx.type = "text";
    return;
  }
  ctx.status = 206;
  ctx.set("Content-Range", `bytes ${range.first}-${range.last}/${bytes.length}`);
  ctx.body = bytes.subarray(range.first, range.last + 1);
}

function chosenForm(ctx: Context, { plain, compressed }: BuiltFile): Coded & { readonly encoding?: string } {
  const available = compressed.map(({ encoding }) => encoding);
  const accepted = acceptedCoding(ctx.headers["accept-encoding"], available);
  return compressed.find(({ encoding }) => encoding === accepted) ?? plain;
}

function hasTag(header: string, etag: string): boolean {
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim() === etag);
}
