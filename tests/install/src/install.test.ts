/** The packed core in empty projects: its types, every example and the programs of the READMEs, on every Node that it says it runs on. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeNames, nodeOf } from "./nodes.ts";
import { type Packed, packCore } from "./packCore.ts";
import { Program } from "./program.ts";
import { programsOf } from "./readmePrograms.ts";
import { makeExample, makeProject, typeErrors } from "./strangersProject.ts";

const folder = mkdtempSync(join(tmpdir(), "lastbeat-install-"));
let packed: Packed;

beforeAll(async () => {
  packed = await packCore(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("EMB1 the package has what it says, no test and nothing that only tests need", () => {
  expect(packed.files).toEqual(
    expect.arrayContaining(["package.json", "README.md", "CHANGELOG.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
  );
  expect(packed.files.filter((file) => !/^(?:dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/.test(file))).toEqual([]);
  expect(
    packed.files.filter((file) => /\.test\.|bench|arbitraries|property|sampleRecords|adapterContract|fakeClient/.test(file)),
  ).toEqual([]);
  console.log(`The tarball has ${packed.bytes} bytes and ${packed.files.length} files.`);
});

it("EMB1 its types compile strictly without the types of Node or of a DOM", async () => {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, "packages/core/package.json"), "utf8")) as { exports: object };
  const entries = Object.keys(exports).filter((entry) => entry !== "./testing/ledgerContract");
  const lines = entries.map((entry, at) => `export * as entry${at} from "@lastbeat/core${entry.slice(1)}";`);
  const project = join(folder, "types");
  await makeProject(project, { tarball: packed.tarball, files: { "all.ts": lines.join("\n") } });
  expect(await typeErrors(project)).toBe("");
});

describe.each(["ws", "socket.io", "tcp", "sse"])("the example %s", (example) => {
  const project = join(folder, example);
  beforeAll(() => makeExample(example, project, packed.tarball));

  it("EMB3 compiles strictly", async () => {
    expect(await typeErrors(project)).toBe("");
  });

  it.each(nodeNames)("EMB3 runs on %s", async (name) => {
    const node = await nodeOf(name);
    await using server = new Program("server.ts", { node, folder: project });
    const port = await server.port();
    if (example === "sse") await visitPage(port);
    else await talk(node, project, port);
    await server.printed(/released the desk of ada/);
    await server.printed(/ended session_\w+: client_left/);
    expect(await server.stop()).toBe(0);
  });
});

/** A client of an example: says a word, hears it, leaves. */
async function talk(node: string, project: string, port: number): Promise<void> {
  await using client = new Program("client.ts", { node, folder: project, port });
  await client.printed(/connected|welcome/);
  client.type("hello");
  await client.printed(/echo: hello/);
  expect(await client.finish()).toBe(0);
}

/** What the page of the example for server-sent events does. */
async function visitPage(port: number): Promise<void> {
  expect(await (await fetch(`http://localhost:${port}/`)).text()).toContain("new EventSource");
  const response = await fetch(`http://localhost:${port}/live?user=ada`);
  let text = "";
  const events = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const heard = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match;
      const { value, done } = (await events?.read()) ?? { done: true };
      if (done) throw new Error(`the stream ended: ${text}`);
      text += value;
    }
  };
  const stream = (await heard(/"stream":"([^"]+)"/))[1];
  const post = (frame: object) =>
    fetch(`http://localhost:${port}/live?stream=${stream}`, { method: "POST", body: JSON.stringify(frame) });
  await post({ type: "say", text: "hello" });
  await heard(/echo: hello/);
  await post({ type: "goodbye" });
}

describe("the programs of the READMEs", () => {
  const project = join(folder, "readmes");
  const files = programsOf(["README.md", "packages/core/README.md"]);
  const dependencies = { ws: "8.23.0", "@types/ws": "8.18.1", "@types/node": "24.10.1" };
  beforeAll(() => makeProject(project, { tarball: packed.tarball, dependencies, files, types: ["node"] }));

  it("EMB3 compile strictly as they stand there", async () => {
    expect(Object.keys(files)).toEqual(["root-server.ts", "core-server.ts", "core-client.ts", "core-test.ts"]);
    expect(await typeErrors(project)).toBe("");
  });

  it.each(nodeNames)("EMB3 run on %s", async (name) => {
    const node = await nodeOf(name);
    for (const file of ["root-server.ts", "core-server.ts"]) {
      await using server = new Program(file, { node, folder: project });
      await using client = new Program("core-client.ts", { node, folder: project, port: await server.port() });
      await client.printed(/connected/);
      await client.stop();
      await server.printed(/released/);
      await server.printed(/session_\w+ connection_lost/);
    }
    await using test = new Program("core-test.ts", { node, folder: project });
    await test.printed(/unreachable/);
    expect(await test.finish()).toBe(0);
  });
});
