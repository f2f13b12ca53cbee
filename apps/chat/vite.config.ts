import { webAppConfig } from "@lastbeat/web/viteConfig";
import { defineConfig } from "vite";

export default defineConfig(webAppConfig({ port: 3000, base: "" }));
