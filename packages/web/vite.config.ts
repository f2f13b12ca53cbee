/** For the tests of what both apps share. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { optimizeDeps, runes } from "./viteConfig.ts";

export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { runes } })],
  optimizeDeps: optimizeDeps([]),
});
