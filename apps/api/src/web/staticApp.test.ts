import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import Koa from "koa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentSecurityPolicy, staticApp } from "./staticApp.ts";

const script = 'start({ base: "/admin" });';
let folder: string;
let server: Server;
let origin: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-static-"));
  mkdirSync(join(folder, "_app/immutable"), { recursive: true });
  writeFileSync(join(folder, "index.html"), `<title>page</title><script src="/x.js"></script><script>${script}</script>`);
  writeFileSync(join(folder, "_app/immutable/start.abc.js"), "export {}");
  const app = new Koa();
  app.use(staticApp({ name: "admin page", folder, prefix: "/admin" }));
  server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe("a static app", () => {
  test.each(["/admin", "/admin/", "/admin/history?tier=heartbeat"])("%s is its page, always revalidated", async (path) => {
    const response = await fetch(`${origin}${path}`);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(await response.text()).toContain("<title>page</title>");
  });

  test("files with a hash in their names are cached permanently", async () => {
    const response = await fetch(`${origin}/admin/_app/immutable/start.abc.js`);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("content-type")).toContain("javascript");
  });

  test.each(["/admin/_app/immutable/gone.js", "/admin/favicon.ico"])("missing %s is a 404, not the page", async (path) => {
    expect((await fetch(`${origin}${path}`)).status).toBe(404);
  });

  test("nothing outside the folder is served", async () => {
    const paths = ["/admin/../staticApp.ts", "/admin/..%2f..%2fetc%2fpasswd", "/admin/%2e%2e/%2e%2e/etc/passwd"];
    for (const path of paths) expect(await (await fetch(`${origin}${path}`)).text()).not.toContain("root:");
  });
});

describe("a part of a file", () => {
  const at = () => `${origin}/admin/_app/immutable/start.abc.js`;
  const whole = "export {}";

  test.each([
    ["bytes=0-2", 206, "exp", "bytes 0-2/9"],
    ["bytes=-2", 206, "{}", "bytes 7-8/9"],
    ["bytes=7-", 206, "{}", "bytes 7-8/9"],
    ["bytes=5-2", 416, null, "bytes */9"],
    ["bytes=9-", 416, null, "bytes */9"],
    ["bytes=-0", 416, null, "bytes */9"],
    ["bytes=0-1,3-4", 200, whole, null],
    ["bytes=x", 200, whole, null],
    ["rows=1-2", 200, whole, null],
  ])("%s is answered with %i", async (range, status, body, contentRange) => {
    const response = await fetch(at(), { headers: { range }, signal: AbortSignal.timeout(5_000) });
    expect([response.status, response.headers.get("content-range")]).toEqual([status, contentRange]);
    const text = await response.text();
    if (body !== null) expect(text).toBe(body);
    expect(response.headers.get("accept-ranges")).toBe("bytes");
  });

  test("only if the client already has part of the same version", async () => {
    const etag = (await fetch(at(), { headers: { "accept-encoding": "identity" } })).headers.get("etag") ?? "";
    const status = async (ifRange: string) =>
      (await fetch(at(), { headers: { range: "bytes=0-2", "if-range": ifRange, "accept-encoding": "identity" } })).status;
    expect(await status(etag)).toBe(206);
    for (const other of ['"other"', `W/${etag}`, "Thu, 26 Nov 2026 14:00:00 GMT", "nonsense"])
      expect(await status(other)).toBe(200);
  });

  test("works for a page's path, but not for HEAD", async () => {
    expect((await fetch(`${origin}/admin/history`, { headers: { range: "bytes=5-2" } })).status).toBe(416);
    const head = await fetch(at(), { method: "HEAD", headers: { range: "bytes=0-2" } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "9"]);
  });
});

describe("a cached file", () => {
  test("is not sent again, and keeps its page's policy", async () => {
    const first = await fetch(`${origin}/admin`);
    const again = await fetch(`${origin}/admin`, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
    expect([again.status, again.headers.get("content-security-policy")]).toEqual([
      304,
      first.headers.get("content-security-policy"),
    ]);
    expect((await fetch(`${origin}/admin`, { headers: { "if-match": '"other"' } })).status).toBe(412);
  });
});

describe("compressed files", () => {
  const code = "export const text = 'much the same, '.repeat(9);".repeat(100);
  const write = (content: string) => {
    const file = join(folder, "_app/immutable/big.def.js");
    writeFileSync(file, content);
    writeFileSync(`${file}.br`, brotliCompressSync(code));
    writeFileSync(`${file}.gz`, gzipSync(code));
  };
  const get = (encoding: string) =>
    fetch(`${origin}/admin/_app/immutable/big.def.js`, { headers: { "accept-encoding": encoding } });

  test("each coding has its own ETag, and Vary is set", async () => {
    write(code);
    const answers = await Promise.all(["br", "gzip", "identity"].map(get));
    expect(answers.map(({ headers }) => headers.get("content-encoding"))).toEqual(["br", "gzip", null]);
    expect(new Set(answers.map(({ headers }) => headers.get("etag"))).size).toBe(3);
    expect(answers.map(({ headers }) => headers.get("vary"))).toEqual(Array(3).fill("Accept-Encoding"));
    for (const answer of answers) expect(await answer.text()).toBe(code);
  });

  test("one left over from another build is not sent", async () => {
    write(`${code}// new`);
    const answer = await get("br");
    expect([answer.headers.get("content-encoding"), await answer.text()]).toEqual([null, `${code}// new`]);
  });
});

describe("a build under the running server", () => {
  const policyOf = async () => (await fetch(`${origin}/admin`)).headers.get("content-security-policy") ?? "";

  test("serves the new page with its own policy, the new files, and 404 for removed ones", async () => {
    const old = `${origin}/admin/_app/immutable/start.abc.js`;
    expect((await fetch(old)).status).toBe(200);
    const before = await policyOf();
    rmSync(folder, { recursive: true });
    expect((await fetch(old)).status).toBe(404);
    expect((await fetch(`${origin}/admin`)).status).toBe(503);
    mkdirSync(join(folder, "_app/immutable"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<title>new</title><script>other()</script>");
    writeFileSync(join(folder, "_app/immutable/start.xyz.js"), "export {}");
    expect((await fetch(old)).status).toBe(404);
    expect((await fetch(`${origin}/admin/_app/immutable/start.xyz.js`)).status).toBe(200);
    expect(await policyOf()).toContain(`'sha256-${createHash("sha256").update("other()").digest("base64")}'`);
    expect(await policyOf()).not.toBe(before);
  });

  test("an app that is built while the server runs is served", async () => {
    rmSync(folder, { recursive: true });
    expect((await fetch(`${origin}/admin`)).status).toBe(503);
    mkdirSync(folder);
    writeFileSync(join(folder, "index.html"), "<title>first</title>");
    expect((await fetch(`${origin}/admin`)).status).toBe(200);
  });
});

test.each([
  "/admin/.inputs",
  "/admin/_app/.hidden.js",
  "/admin/_app//etc.js",
  "/admin/a%00.js",
  "/admin/%5c..%5cx.js",
  "/admin/_app.js/x.js",
])("%s is no file of a build", async (path) => {
  writeFileSync(join(folder, ".inputs"), "stamp");
  const response = await fetch(`${origin}${path}`);
  expect(await response.text()).not.toContain("stamp");
  expect([200, 404]).toContain(response.status);
});

test("a page's own inline scripts are allowed by their hashes, and no others", () => {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = contentSecurityPolicy(`<script src="/x.js"></script><script type="module">${script}</script>`);
  expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
  expect(contentSecurityPolicy()).toContain("script-src 'self';");
});
