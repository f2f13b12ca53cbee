import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inputsHash } from "./inputsHash.ts";

let root: string;
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lastbeat-hash-"));
  write("apps/chat/src/app.html", "<html>");
  write("apps/admin/src/app.html", "<html>");
  write("packages/core/src/index.ts", "export {}");
  write("package-lock.json", "{}");
});
afterEach(() => rmSync(root, { recursive: true }));

describe("whether a built web app is current", () => {
  test.each([
    ["apps/chat/src/app.html", "<html lang='en'>"],
    ["apps/chat/src/lib/new.ts", ""],
    ["packages/core/src/index.ts", "export const a = 1"],
    ["packages/web/src/theme.css", ""],
    ["package-lock.json", "{ }"],
  ])("a change of %s makes it stale", (file, text) => {
    const before = inputsHash(root, "chat");
    write(file, text);
    expect(inputsHash(root, "chat")).not.toBe(before);
  });

  test.each([
    "apps/admin/src/app.html",
    "apps/chat/build/index.html",
    "apps/chat/.svelte-kit/tsconfig.json",
    "apps/chat/src/lib/strip.svelte.test.ts",
    "tests/e2e/src/reload.test.ts",
    "apps/api/src/main.ts",
  ])("a change of %s does not", (file) => {
    const before = inputsHash(root, "chat");
    write(file, "changed");
    expect(inputsHash(root, "chat")).toBe(before);
  });

  test("renaming a file makes it stale", () => {
    write("apps/chat/src/a.ts", "x");
    const before = inputsHash(root, "chat");
    rmSync(join(root, "apps/chat/src/a.ts"));
    write("apps/chat/src/b.ts", "x");
    expect(inputsHash(root, "chat")).not.toBe(before);
  });
});
