/** The Vite configuration for the tests of this package. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { optimizeDeps, runes } from "./viteConfig.ts";

export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { runes } })],
  optimizeDeps: optimizeDeps([]),
});
