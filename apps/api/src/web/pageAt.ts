/**
 * Adapts a built page for serving: rewrites its paths to the base path, and adds a script that explains failures that would leave the page
 * blank. SvelteKit reads its base from the page, so one build works for every path.
 */

/** @param basePath such as `/chat`; empty for none. Contains only letters, digits and `/._~-`. */
export function pageAt(page: string, basePath: string): string {
  const moved = basePath === "" ? page : page.replaceAll('"/', `"${basePath}/`).replaceAll('base: ""', `base: "${basePath}"`);
  return moved.replace(/<body[^>]*>/, (body) => `${body}\n    <script>${guardScript(basePath)}</script>`);
}

/**
 * Script that runs in the browser before the app. A page outside the app's base path would reload endlessly. And the app shows nothing
 * if its files are not where it looks for them, as behind a proxy that serves it at a path the server does not know.
 */
function guardScript(basePath: string): string {
  return `{
      const base = "${basePath}";
      const path = location.pathname;
      const tell = (title, text, link) => {
        const main = document.createElement("main");
        main.setAttribute("role", "alert");
        main.style.cssText = "max-width:36rem;margin:15vh auto;padding:0 1.25rem;font:1rem/1.6 system-ui,sans-serif";
        const heading = document.createElement("h1");
        heading.style.cssText = "font-size:1.25rem";
        heading.textContent = title;
        const words = document.createElement("p");
        words.textContent = text;
        main.append(heading, words);
        if (link !== undefined) {
          const anchor = document.createElement("a");
          anchor.href = anchor.textContent = link;
          main.append(anchor);
        }
        document.body.append(main);
      };
      if (!(path + "/").startsWith(base + "/")) {
        tell("This is not where Lastbeat is served", "The server is set up for the path " + base + " (server.base_path), and this page came from " + path + ".", base + "/");
        window.stop();
      } else {
        addEventListener("unhandledrejection", () => {
          if (document.body.innerText.trim() !== "") return;
          const below = path.replace(/\\/(r\\/[^/]*|admin(\\/.*)?)?$/, "");
          const files = "It looks for them below " + (base === "" ? "the root of this address" : base) + ". ";
          tell("This page cannot load its own files", files + (below === base
            ? "The server may be starting or being updated: reload the page in a moment."
            : "When a proxy serves Lastbeat below " + below + ", the server must know: server.base_path: " + below + " in its configuration, or LASTBEAT_SERVER_BASE_PATH=" + below + "."));
        });
      }
    }`;
}
