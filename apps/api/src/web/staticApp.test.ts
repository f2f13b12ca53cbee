import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  test.each(["/admin", "/admin/", "/admin/history?tier=heartbeat"])("%s is its page, never cached unasked", async (path) => {
    const response = await fetch(`${origin}${path}`);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(await response.text()).toContain("<title>page</title>");
  });

  test("files whose names carry a hash are cached for good", async () => {
    const response = await fetch(`${origin}/admin/_app/immutable/start.abc.js`);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("content-type")).toContain("javascript");
  });

  test.each(["/admin/_app/immutable/gone.js", "/admin/favicon.ico"])(
    "%s that is missing is a 404, not the page",
    async (path) => {
      expect((await fetch(`${origin}${path}`)).status).toBe(404);
    },
  );

  test("nothing outside of the folder is served", async () => {
    const paths = ["/admin/../staticApp.ts", "/admin/..%2f..%2fetc%2fpasswd", "/admin/%2e%2e/%2e%2e/etc/passwd"];
    for (const path of paths) expect(await (await fetch(`${origin}${path}`)).text()).not.toContain("root:");
  });
});

test("a page's own inline scripts are allowed by their hashes, and no others", () => {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = contentSecurityPolicy(`<script src="/x.js"></script><script type="module">${script}</script>`);
  expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
  expect(contentSecurityPolicy()).toContain("script-src 'self';");
});
