import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

const server = process.env.LASTBEAT_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: adapter({ fallback: "index.html", precompress: true }),
      // One build for every path that a proxy may serve it at: files find each other by relative paths, the page is moved by the server.
      paths: { base: "/admin", relative: true },
      compilerOptions: {
        runes: ({ filename }) => (filename.includes("node_modules") ? undefined : true),
      },
    }),
  ],
  // Named here, because a dependency found late reloads the page, in the middle of a test too.
  optimizeDeps: {
    exclude: ["@lucide/svelte"],
    include: ["@trpc/client", "axe-core", "bits-ui", "mode-watcher", "svelte-sonner", "zod"],
  },
  server: {
    port: 3001,
    strictPort: true,
    proxy: {
      "/trpc": { target: server, ws: true },
      "/ws": { target: server, ws: true },
      "/api": { target: server },
      "/admin/sign-in": { target: server },
      "/admin/sign-out": { target: server },
    },
  },
});
