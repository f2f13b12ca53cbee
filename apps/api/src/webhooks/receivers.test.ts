/** The receivers that the documentation shows take what is signed, and nothing else. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { Poster } from "./poster.ts";
import { signatureOf } from "./signature.ts";
import { sampleSecret, sampleWebhook } from "./testing/receiver.ts";

const root = join(import.meta.dirname, "../../../..");
const body = '{"id":"session_a.ended","type":"session.ended","end":{"user":"Zoë","reason":"idle"}}';

it("WHK5 the example takes a signed message once, and neither a forged nor an old one", async () => {
  const child = spawn(process.execPath, ["examples/webhook/receiver.ts"], {
    cwd: root,
    env: { PATH: process.env.PATH, PORT: "0", WEBHOOK_SECRET: sampleSecret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  const url = `http://127.0.0.1:${(await line()).replace("listening on ", "")}/`;
  const post = async (more: { readonly secret?: string; readonly nowMs?: () => number; readonly text?: string } = {}) => {
    const { secret = sampleSecret, nowMs = Date.now, text = body } = more;
    const poster = new Poster(sampleWebhook({ url, secret }), { nowMs });
    const result = await poster.post({ messageId: "session_a.ended", body: text });
    poster.close();
    return result.delivered;
  };
  expect(await post()).toBe(true);
  expect(await post()).toBe(true);
  expect(await post({ secret: "another secret of the tests" })).toBe(false);
  expect(await post({ nowMs: () => Date.now() - 600_000 })).toBe(false);
  expect(await post({ text: body.replaceAll("_a", "_b") })).toBe(true);
  expect([await line(), await line()]).toEqual(["Zoë left: idle (session_a.ended)", "Zoë left: idle (session_b.ended)"]);
  const gone = once(child, "exit");
  child.kill();
  await gone;
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stdout.write("SKIPPED: the test of the script in docs/OPERATIONS.md needs python3\n");

it.skipIf(!hasPython)("WHK5 so does the script in docs/OPERATIONS.md", () => {
  const document = readFileSync(join(root, "docs/OPERATIONS.md"), "utf8");
  const [, script = ""] = /```python\n(.*?)```/s.exec(document.slice(document.indexOf("## Webhooks"))) ?? [];
  const call = `import sys\n${script}\nprint(is_genuine(sys.argv[1].encode(), sys.argv[2], sys.argv[3].encode()))`;
  const says = (text: string, header: string) =>
    execFileSync("python3", ["-c", call, text, header, sampleSecret]).toString().trim();
  const header = signatureOf(body, { secret: sampleSecret, atMs: Date.now() });
  expect(says(body, header)).toBe("True");
  expect(says(body.replace("idle", "unreachable"), header)).toBe("False");
  expect(says(body, signatureOf(body, { secret: "another secret of the tests", atMs: Date.now() }))).toBe("False");
  expect(says(body, signatureOf(body, { secret: sampleSecret, atMs: Date.now() - 600_000 }))).toBe("False");
  expect(says(body, "nonsense")).toBe("False");
});
