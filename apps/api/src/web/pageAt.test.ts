import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { pageAt } from "./pageAt.ts";

const built = `<head><link rel="icon" href="/favicon.svg"><link href="/_app/immutable/start.js" rel="modulepreload"></head>
<body class="x"><script>{ kit = { base: "", version: "1" }; import("/_app/immutable/start.js") }</script></body>`;
const admin = `<body><script>kit = { base: "/admin", assets: "/admin" }; import("/admin/_app/start.js")</script></body>`;

const addresses = (page: string) =>
  [...page.matchAll(/(?:href=|import\(|(?:base|assets): )"([^"]*)"/g)].map(([, address]) => address);

describe("a page below a base path", () => {
  test("has every URL below it, and sets SvelteKit's base", () => {
    const moved = pageAt(built, "/tools/chat");
    expect(addresses(moved)).toEqual([
      "/tools/chat/favicon.svg",
      "/tools/chat/_app/immutable/start.js",
      "/tools/chat",
      "/tools/chat/_app/immutable/start.js",
    ]);
    expect(addresses(pageAt(admin, "/chat"))).toEqual(["/chat/admin", "/chat/admin", "/chat/admin/_app/start.js"]);
  });

  test("is unchanged at the root", () => expect(addresses(pageAt(built, ""))).toEqual(addresses(built)));
});

interface Shown {
  readonly title: string;
  readonly text: string;
  readonly link?: string;
  readonly stopped: boolean;
}

/** Runs the page's first script as a browser would that stands at this path. @returns what it shows. */
function guardAt(pathname: string, basePath: string, { failing = false, blank = true } = {}): Shown | null {
  const [, script = ""] = /<script>([\s\S]*?)<\/script>/.exec(pageAt(built, basePath)) ?? [];
  const element = () => ({
    style: {},
    setAttribute() {},
    children: [] as { textContent?: string; href?: string }[],
    append(...more: []) {
      this.children.push(...more);
    },
  });
  const body = { ...element(), innerText: blank ? " " : "the app" };
  const rejected: (() => void)[] = [];
  let stopped = false;
  runInNewContext(script, {
    location: { pathname },
    document: { createElement: element, body },
    window: {
      stop: () => {
        stopped = true;
      },
    },
    addEventListener: (_: string, heard: () => void) => rejected.push(heard),
  });
  if (failing) for (const heard of rejected) heard();
  const [main] = body.children as unknown as ReturnType<typeof element>[];
  if (main === undefined) return null;
  const [title, text, link] = main.children;
  return { title: title?.textContent ?? "", text: text?.textContent ?? "", link: link?.href, stopped };
}

describe("a page that cannot work says why", () => {
  test.each(["/", "/chat", "/r/general"])("no message at %s when all is well", (path) => {
    expect(guardAt(path, "")).toBeNull();
    expect(guardAt(`/chat${path}`, "/chat")).toBeNull();
  });

  test.each(["/", "/chatter", "/r/general"])("at %s, which is not below the base path", (path) => {
    expect(guardAt(path, "/chat")).toEqual({
      title: "This is not where Lastbeat is served",
      text: `The server is set up for the path /chat (server.base_path), and this page came from ${path}.`,
      link: "/chat/",
      stopped: true,
    });
  });

  test.each(["/chat/", "/chat", "/chat/r/general", "/chat/admin", "/chat/admin/history"])(
    "at %s, below a path that the server does not know",
    (path) => {
      const shown = guardAt(path, "", { failing: true });
      expect(shown).toMatchObject({ title: "This page cannot load its own files", stopped: false });
      expect(shown?.text).toContain("server.base_path: /chat in its configuration, or LASTBEAT_SERVER_BASE_PATH=/chat.");
    },
  );

  test("while its files are missing for another reason", () => {
    expect(guardAt("/chat/r/general", "/chat", { failing: true })?.text).toContain("reload the page in a moment");
    expect(guardAt("/r/general", "", { failing: true })?.text).toContain("reload the page in a moment");
  });

  test("not when the app is running and something else fails", () => {
    expect(guardAt("/chat/", "", { failing: true, blank: false })).toBeNull();
  });
});
