/** Answers a request with a file: the form the client takes, the part it asks for, or word that it has it already. RFC 9110. */
import type { Context } from "koa";
import { acceptedCoding } from "./acceptedCoding.ts";
import type { BuiltFile, Coded } from "./builtFiles.ts";
import { byteRange } from "./byteRange.ts";

const FOR_GOOD = "public, max-age=31536000, immutable";

/** `immutable`: the file's name carries a hash of its content. Everything else is asked for again. */
export function sendFile(ctx: Context, file: BuiltFile, type: string, immutable = false): void {
  const chosen = chosenForm(ctx, file);
  // Neither a part nor a form that has a tag of its own may be compressed once more.
  ctx.compress = false;
  if (file.compressed.length > 0) ctx.vary("Accept-Encoding");
  ctx.set("Cache-Control", immutable ? FOR_GOOD : "no-cache");
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
