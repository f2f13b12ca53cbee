/** The packed @lastbeat/trpc in an empty project: its types, and its example on every Node that it says it runs on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeNames, nodeOf } from "./nodes.ts";
import { type Packed, packWithTrpc } from "./packCore.ts";
import { Program } from "./program.ts";
import { makeExample, typeErrors } from "./strangersProject.ts";

const folder = mkdtempSync(join(tmpdir(), "lastbeat-install-trpc-"));
const project = join(folder, "example");
let packed: Packed;

beforeAll(async () => {
  const { core, trpc } = await packWithTrpc(folder);
  packed = trpc;
  await makeExample("trpc", project, core.tarball, {
    tarballs: { "@lastbeat/trpc": trpc.tarball },
    // The stock client's own types need those of a browser.
    lib: ["dom"],
    // The package has them installed.
    without: ["@types/ws"],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("EMB1 the package has what it says, and no test", () => {
  const own = ["package.json", "README.md", "CHANGELOG.md", "LICENSE", "dist/index.js", "dist/index.d.ts", "dist/link/index.js"];
  expect(packed.files).toEqual(expect.arrayContaining(own));
  expect(packed.files.filter((file) => !own.includes(file) && !/^dist\/.*\.(?:js|d\.ts)$/.test(file))).toEqual([]);
  expect(packed.files.filter((file) => /\.test\.|testing/.test(file))).toEqual([]);
  console.log(`The tarball has ${packed.bytes} bytes and ${packed.files.length} files.`);
});

it("EMB3 the example compiles strictly, without naming the types that the declarations need", async () => {
  expect(await typeErrors(project)).toBe("");
});

it.each(nodeNames)("EMB3 the example runs on %s", async (name) => {
  const node = await nodeOf(name);
  await using server = new Program("server.ts", { node, folder: project });
  await using client = new Program("client.ts", { node, folder: project, port: await server.port() });
  await client.printed(/connected/);
  client.type("hello");
  await client.printed(/echo: hello/);
  expect(await client.finish()).toBe(0);
  await server.printed(/released the desk of ada/);
  await server.printed(/ended session_\w+: client_left, 1 messages/);
  expect(await server.stop()).toBe(0);
});
