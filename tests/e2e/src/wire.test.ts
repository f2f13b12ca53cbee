/** What goes over the wire for the web apps and for REST: sizes, codings, and how long it may be kept. */
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "./harness/server.ts";

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** `fetch` would undo the coding. */
async function ask(path: string, encoding: string): Promise<Answer> {
  const [response] = (await once(get(`${server.url}${path}`, { headers: { "accept-encoding": encoding } }), "response")) as [
    IncomingMessage,
  ];
  expect(response.statusCode, path).toBe(200);
  return { headers: response.headers, body: await buffer(response) };
}

/** The page's scripts and styles, and the chunks those name in turn. */
async function filesOf(page: string): Promise<string[]> {
  const found = new Set<string>();
  const look = async (path: string) => {
    const text = (await ask(path, "identity")).body.toString();
    for (const [name] of text.matchAll(/_app\/immutable\/[\w./-]+\.(?:js|css)|(?<=")\.\.?\/[\w./-]+\.(?:js|css)/g)) {
      const base = name.startsWith("_app") ? `${page === "/" ? "" : page}/` : path;
      const at = new URL(name, `${server.url}${base}`).pathname;
      if (found.size < 500 && !found.has(at)) {
        found.add(at);
        await look(at);
      }
    }
  };
  await look(page);
  return [...found];
}

const codings = [
  ["br", brotliDecompressSync],
  ["gzip", gunzipSync],
] as const;

describe.each(["/", "/admin"])("the files of the app at %s", (page) => {
  test("go out compressed, with a tag for each coding, and are cached for a year", async () => {
    const files = await filesOf(page);
    expect(files.length).toBeGreaterThan(10);
    let [raw, br, gzip] = [0, 0, 0];
    for (const file of files) {
      const plain = await ask(file, "identity");
      expect(plain.headers["content-encoding"]).toBeUndefined();
      expect(plain.headers["cache-control"], file).toBe("public, max-age=31536000, immutable");
      raw += plain.body.length;
      const tags = new Set([plain.headers.etag]);
      for (const [coding, open] of codings) {
        const { headers, body } = await ask(file, coding);
        const isCoded = headers["content-encoding"] === coding;
        // A few bytes grow by compression; they go out as they are.
        if (plain.body.length > 500) expect(isCoded, `${file} ${coding}`).toBe(true);
        expect((isCoded ? open(body) : body).equals(plain.body), file).toBe(true);
        if (isCoded) tags.add(headers.etag);
        if (isCoded) expect(headers.vary).toContain("Accept-Encoding");
        if (coding === "br") br += body.length;
        else gzip += body.length;
        if (plain.body.length > 500) expect(tags.size).toBe(coding === "br" ? 2 : 3);
      }
    }
    expect(br).toBeLessThan(raw * 0.4);
    expect(gzip).toBeLessThan(raw * 0.45);
  });

  test("what a browser sends gets the smaller coding, and the page is asked for each time", async () => {
    const { headers } = await ask(page, "gzip, deflate, br, zstd");
    expect([headers["content-encoding"], headers["cache-control"]]).toEqual(["br", "no-cache"]);
  });
});

describe("JSON", () => {
  test.each(["/api/openapi.json"])("%s goes out compressed", async (path) => {
    const plain = await ask(path, "identity");
    for (const [coding, open] of codings) {
      const { headers, body } = await ask(path, coding);
      expect([headers["content-encoding"], headers.vary]).toEqual([coding, expect.stringContaining("Accept-Encoding")]);
      expect(open(body).equals(plain.body)).toBe(true);
      expect(body.length).toBeLessThan(plain.body.length / 3);
    }
  });
});
