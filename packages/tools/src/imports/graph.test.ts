import { describe, expect, it } from "vitest";
import { wrongDirections } from "./directions.ts";
import { cyclesOf, type ImportGraph } from "./graph.ts";

/** `a: "b c!"` means that `a` imports `b`, and types from `c`. */
function graphOf(imports: Readonly<Record<string, string>>): ImportGraph {
  return new Map(
    Object.entries(imports).map(([file, names]) => [
      file,
      names
        .split(" ")
        .filter((name) => name !== "")
        .map((name) => ({ to: name.replace("!", ""), isType: name.endsWith("!") })),
    ]),
  );
}

describe("cycles", () => {
  it.each([
    ["a chain", { a: "b", b: "c", c: "" }, []],
    ["two ways to the same file", { a: "b c", b: "d", c: "d", d: "" }, []],
    ["a file that imports itself", { a: "a" }, ["a → a"]],
    ["two files", { a: "b", b: "a" }, ["a → b → a"]],
    ["one of types only", { a: "b!", b: "a" }, ["a → b → a"]],
    ["the shortest of several ways", { a: "b", b: "c a", c: "d", d: "a" }, ["a → b → a", "c → d → a → b → c"]],
    ["one behind a file that is in none", { x: "a", a: "b", b: "c", c: "a" }, ["a → b → c → a"]],
    ["two apart from each other", { a: "b", b: "a", c: "d", d: "c" }, ["a → b → a", "c → d → c"]],
  ])("%s", (_, imports, cycles) => expect(cyclesOf(graphOf(imports))).toEqual(cycles));
});

describe("directions", () => {
  const says = (file: string, to: string) =>
    wrongDirections(graphOf({ [file]: to })).map((line) => line.slice(line.lastIndexOf(": ") + 2));
  const core = (path: string) => `packages/core/src/${path}`;

  it.each([
    ["packages/core/src/keeper/keeper.ts", "apps/api/src/app.ts!", ["packages import nothing from apps or tests"]],
    [
      "packages/core/src/keeper/keeper.test.ts",
      "tests/support/src/eventually.ts",
      ["packages import nothing from apps or tests"],
    ],
    [
      "apps/admin/src/a.svelte",
      "apps/api/src/index.ts",
      ["the web apps and their shared package import only types from apps/api"],
    ],
    ["apps/admin/src/a.svelte", "apps/api/src/index.ts!", []],
    ["packages/web/src/a.ts", "apps/api/src/index.ts!", []],
    ["packages/web/src/a.ts", "apps/api/src/index.ts", ["the web apps and their shared package import only types from apps/api"]],
    ["packages/web/src/a.ts", "apps/chat/src/a.ts", ["packages import nothing from apps or tests"]],
    ["apps/chat/src/a.ts", "apps/admin/src/b.ts!", ["an app imports nothing from another web app"]],
    ["apps/chat/src/a.ts", "apps/chat/src/b.ts", []],
    ["apps/api/src/app.ts", "apps/api/src/testing/testServer.ts", ["shipped code imports nothing from tests or tools"]],
    ["apps/api/src/app.ts", "tests/support/src/eventually.ts", ["shipped code imports nothing from tests or tools"]],
    ["apps/api/src/app.test.ts", "apps/api/src/testing/testServer.ts", []],
    ["apps/api/src/testing/testServer.ts", "tests/support/src/eventually.ts", []],
    ["tests/e2e/src/leaving.test.ts", "apps/api/src/index.ts", []],
    ["packages/core/src/ports/clock.ts", "packages/core/src/rules/due.ts", ["the core's layers depend in one direction"]],
    ["packages/core/src/rules/due.ts", "packages/core/src/keeper/keeper.ts!", ["the core's layers depend in one direction"]],
    ["packages/core/src/rules/due.test.ts", "packages/core/src/keeper/keeper.ts", []],
    ["packages/core/src/rules/due.ts", "packages/core/src/ports/clock.ts!", []],
    ["packages/core/src/rules/due.ts", "packages/core/src/ports/clock.ts", ["the core's layers depend in one direction"]],
    ["packages/core/src/keeper/keeper.ts", "packages/core/src/rules/due.ts", []],
    ["packages/core/src/keeper/keeper.ts", "packages/core/src/client/dial.ts!", ["the core's layers depend in one direction"]],
  ])("%s imports %s", (file, to, broken) => expect(says(file, to)).toEqual(broken));

  it.each([
    ["settings", "protocol settings"],
    ["ports", "protocol ports"],
    ["time", "ports time"],
    ["adapters", "protocol ports keeper"],
    ["client", "ports! protocol client"],
    ["testing", "ports protocol settings time rules keeper adapters client testing"],
  ])("the core's %s may import from %s", (layer, allowed) => {
    for (const name of allowed.split(" ")) {
      const to = `${core(`${name.replace("!", "")}/b.ts`)}${name.endsWith("!") ? "!" : ""}`;
      expect(says(core(`${layer}/a.ts`), to), name).toEqual([]);
    }
  });
});
