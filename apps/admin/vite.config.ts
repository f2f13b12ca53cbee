import { webAppConfig } from "@lastbeat/web/viteConfig";
import { defineConfig } from "vite";

export default defineConfig(
  webAppConfig({
    port: 3001,
    base: "/admin",
    serverPaths: ["/admin/sign-in", "/admin/sign-out"],
    dependencies: ["svelte-sonner", "zod"],
  }),
);
