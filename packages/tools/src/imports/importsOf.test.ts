import { expect, it } from "vitest";
import { importsOf } from "./importsOf.ts";

it.each([
  ['import "./a.css";', "./a.css", false],
  ['import { a } from "./a.ts";', "./a.ts", false],
  ['import type { A } from "./a.ts";', "./a.ts", true],
  // With `verbatimModuleSyntax` the module is still loaded.
  ['import { type A } from "./a.ts";', "./a.ts", false],
  ['export * from "./a.ts";', "./a.ts", false],
  ['export type { A } from "./a.ts";', "./a.ts", true],
  ['const { a } = await import("./a.ts");', "./a.ts", false],
  ['let a: typeof import("./a.ts");', "./a.ts", true],
  ['function f(x: import("@lastbeat/core").Settings) {}', "@lastbeat/core", true],
])("%s", (text, specifier, isType) => expect(importsOf("x.ts", text)).toEqual([{ specifier, isType }]));

it("finds none in comments, strings and specifiers computed at run time", () => {
  expect(importsOf("x.ts", '// import "./a.ts"\nconst text = `import "./b.ts"`;\nawait import(text);\nexport { text };')).toEqual(
    [],
  );
});

it("reads both scripts of a Svelte file but not its markup", () => {
  const svelte = `<script module lang="ts">import { a } from "./a.ts";</script>
    <script lang="ts">
      import B from "./B.svelte";
    </script>
    <p>import "./c.ts";</p>`;
  expect(importsOf("X.svelte", svelte).map(({ specifier }) => specifier)).toEqual(["./a.ts", "./B.svelte"]);
});
