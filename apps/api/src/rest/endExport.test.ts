import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { endSchema } from "../contract/answers.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { csvHeader } from "./csv.ts";

async function withEnds(running: TestServer, ids: readonly string[], changes: object = {}): Promise<void> {
  for (const id of ids) {
    await running.store.ledger.opened(sampleOpened(id, changes));
    await running.store.ledger.ended(sampleEnded(id, changes));
  }
}

interface EndlessExport {
  batches: number;
  stopped: boolean;
  failure: Error | null;
}

/** Makes every export of this server endless, or end with a failure. */
async function endlessExport(running: TestServer): Promise<EndlessExport> {
  // Longer than what a compressor looks back at, so that each row fills the socket whatever the encoding.
  await withEnds(running, ["session_a"], { detail: randomBytes(40_000).toString("base64") });
  const { rows } = await running.store.ends.page({ limit: 1, sort: "newest" });
  const endless: EndlessExport = { batches: 0, stopped: false, failure: null };
  running.store.ends.each = async function* () {
    try {
      for (; endless.failure === null; endless.batches += 1) yield [...rows];
      throw endless.failure;
    } finally {
      endless.stopped = true;
    }
  };
  return endless;
}

describe("an export", () => {
  test("is CSV without spreadsheet formulas", async () => {
    await using running = await startTestServer();
    await withEnds(running, ["session_a"], { user: "=HYPERLINK(1)", detail: 'one "two", three\nfour', note: "\uff1d1" });
    const response = await fetch(`${running.http}/api/ends/export?format=csv`);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="ends.csv"');
    const [header, ...rest] = (await response.text()).split("\r\n");
    expect(`${header}\r\n`).toBe(csvHeader);
    expect(rest.at(-1)).toBe("");
    expect(rest[0]).toMatch(/^session_a,user,'=HYPERLINK\(1\),user_ada,general,192\.0\.2\.7,/);
    expect(rest[0]).toContain('"one ""two"", three\nfour"');
    expect(rest[0]).toContain(",'\uff1d1,");
    expect(rest[0]).toContain('"[{""name"":""model context"",""cause"":""Error: stuck""}]"');
  });

  test("LED7 has human-readable headings, and JSON field names under the former path", async () => {
    await using running = await startTestServer();
    await withEnds(running, ["session_a"]);
    const [now, former] = await Promise.all(
      ["ends", "cleanups"].map(async (path) => (await fetch(`${running.http}/api/${path}/export?format=csv`)).text()),
    );
    expect(now).toMatch(
      /^session,kind,user,user id,room,address,client,transport,opened \(epoch ms\),reason,found by,caused by,/,
    );
    expect(former?.split("\r\n")[0]).toBe(Object.keys(endSchema.shape).join(","));
    expect(former?.split("\r\n").slice(1)).toEqual(now?.split("\r\n").slice(1));
  });

  test.each(["csv", "jsonl"])("LED7 keeps the former file name under the former path (%s)", async (format) => {
    await using running = await startTestServer();
    const nameAt = async (path: string) =>
      (await fetch(`${running.http}/api/${path}/export?format=${format}`)).headers.get("content-disposition");
    expect(await nameAt("ends")).toBe(`attachment; filename="ends.${format}"`);
    expect(await nameAt("cleanups")).toBe(`attachment; filename="cleanups.${format}"`);
  });

  test("contains all matching ends, beyond one page, as JSON lines", async () => {
    await using place = scratch();
    const store = await place.open();
    await using running = await startTestServer({ store });
    const ids = Array.from({ length: 620 }, (_, at) => `session_${at}`);
    await Promise.all(ids.map((id) => store.ledger.opened(sampleOpened(id))));
    await Promise.all(ids.map((id) => store.ledger.ended(sampleEnded(id))));
    const response = await fetch(`${running.http}/api/ends/export?format=jsonl&reason=unresponsive`);
    const lines = (await response.text()).trimEnd().split("\n");
    expect(new Set(lines.map((line) => endSchema.parse(JSON.parse(line)).sessionId)).size).toBe(620);
    expect(await (await fetch(`${running.http}/api/ends/export?format=jsonl&reason=idle`)).text()).toBe("");
  }, 20_000);

  test.each(["identity", "gzip"])(
    "reads no faster than the client, and stops when it disconnects (%s)",
    async (encoding) => {
      await using running = await startTestServer();
      const endless = await endlessExport(running);
      const asked = request(`${running.http}/api/ends/export?format=jsonl`, {
        headers: { "accept-encoding": encoding },
      }).end();
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      expect([response.statusCode, response.headers["content-encoding"] ?? "identity"]).toEqual([200, encoding]);
      // What lies in sockets and streams is taken without being asked for; then nothing more is.
      await eventually(async () => {
        const before = endless.batches;
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(endless.batches).toBe(before);
      });
      asked.destroy();
      await eventually(() => expect(endless.stopped).toBe(true));
      expect(running.lines.filter((line) => line.startsWith("error"))).toEqual([]);
    },
    30_000,
  );

  test("requested with HEAD sends only headers and releases the database", async () => {
    await using running = await startTestServer();
    const endless = await endlessExport(running);
    const response = await fetch(`${running.http}/api/ends/export?format=csv`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    await eventually(() => expect(endless.stopped).toBe(true));
  });

  test.each(["identity", "gzip"])(
    "that fails midway looks incomplete to its client and is logged once (%s)",
    async (encoding) => {
      await using running = await startTestServer();
      const endless = await endlessExport(running);
      const headers = { "accept-encoding": encoding };
      const response = await fetch(`${running.http}/api/ends/export?format=jsonl`, { headers });
      endless.failure = new Error("disk gone");
      await expect(response.text()).rejects.toThrow();
      await eventually(() =>
        expect(running.lines.filter((line) => line.startsWith("error"))).toEqual(["error A request failed"]),
      );
    },
  );

  test("that cannot start yields a regular error response", async () => {
    await using running = await startTestServer();
    // biome-ignore lint/correctness/useYield: it fails before its first batch
    running.store.ends.each = async function* () {
      throw new Error("disk gone");
    };
    const response = await fetch(`${running.http}/api/ends/export?format=csv`);
    expect([response.status, await response.json()]).toEqual([500, { error: expect.objectContaining({ code: "internal" }) }]);
  });
});
