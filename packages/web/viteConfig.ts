/** How both web apps are built, and served while they are developed. */
import { fileURLToPath } from "node:url";
import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import type { UserConfig } from "vite";

export interface WebApp {
  /** Port of the development server. */
  readonly port: number;
  /** Where the server serves the app; empty for its root. */
  readonly base: "" | `/${string}`;
  /** Paths of the Lastbeat server besides `/trpc`, `/ws` and `/api`. */
  readonly serverPaths?: readonly string[];
  /** Dependencies that only this app has. */
  readonly dependencies?: readonly string[];
}

/** Svelte 5's runes in every file of ours. */
export const runes = ({ filename }: { readonly filename: string }) => (filename.includes("node_modules") ? undefined : true);

/** Named here, because a dependency found late reloads the page, in the middle of a test too. */
export const optimizeDeps = (more: readonly string[]) => ({
  exclude: ["@lucide/svelte"],
  include: ["@trpc/client", "axe-core", ...more],
});

export function webAppConfig({ port, base, serverPaths = [], dependencies = [] }: WebApp): UserConfig {
  const target = process.env.LASTBEAT_SERVER ?? "http://127.0.0.1:8000";
  const proxied = (paths: readonly string[], ws: boolean) => Object.fromEntries(paths.map((path) => [path, { target, ws }]));
  return {
    plugins: [
      tailwindcss(),
      sveltekit({
        adapter: adapter({ fallback: "index.html", precompress: true }),
        // One build for every path that a proxy may serve it at: files find each other by relative paths, the page is moved by the server.
        paths: { base, relative: true },
        files: { assets: fileURLToPath(new URL("static", import.meta.url)) },
        compilerOptions: { runes },
      }),
    ],
    optimizeDeps: optimizeDeps(["bits-ui", "mode-watcher", ...dependencies]),
    server: {
      port,
      strictPort: true,
      proxy: { ...proxied(["/trpc", "/ws"], true), ...proxied(["/api", ...serverPaths], false) },
    },
  };
}
