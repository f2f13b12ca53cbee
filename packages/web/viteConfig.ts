/** The shared Vite configuration of both web apps, for builds and the development server. */
import { fileURLToPath } from "node:url";
import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import type { UserConfig } from "vite";

export interface WebApp {
  /** Port of the development server. */
  readonly port: number;
  /** The path at which the server serves the app; empty for the root. */
  readonly base: "" | `/${string}`;
  /** Server paths to proxy besides `/trpc`, `/ws` and `/api`. */
  readonly serverPaths?: readonly string[];
  /** Dependencies of this app only. */
  readonly dependencies?: readonly string[];
}

/** Enables runes mode in all of the project's own files. */
export const runes = ({ filename }: { readonly filename: string }) => (filename.includes("node_modules") ? undefined : true);

/** Listed explicitly, because a dependency discovered late reloads the page, even in the middle of a test. */
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
        // One build works at any path behind a proxy: files refer to each other by relative paths, and the server adjusts the
        // page.
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
