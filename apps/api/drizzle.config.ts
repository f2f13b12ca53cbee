import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate` in this folder writes the migration for a changed schema. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/ledger/schema.sqlite.ts",
  out: "../../drizzle/sqlite",
});
