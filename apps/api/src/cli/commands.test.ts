import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endSchema, endStatsSchema } from "../contract/answers.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import { type AskedPlace, askedPlace, bothAsked } from "./testing/askedPlace.ts";
import { cli } from "./testing/cliRun.ts";

let asked: AskedPlace;
beforeAll(async () => {
  asked = await askedPlace();
}, 30_000);
afterAll(() => asked[Symbol.asyncDispose]());

async function openSession(name: string): Promise<{ client: TestClient; id: string }> {
  const client = await TestClient.connect(`${asked.server.ws}/ws/new`);
  client.send({ type: "hello", name, room: "general" });
  return { client, id: String((await client.frame("welcome")).sessionId) };
}

describe.each(bothAsked)("sessions of a %s", (kind) => {
  const sessions = (...args: string[]) => cli(["sessions", ...args, ...asked.from[kind]]);

  test("lists open sessions", async () => {
    const { client, id } = await openSession("Lin");
    using _client = client;
    const { code, out } = await sessions("--search", "lin");
    expect(code).toBe(0);
    const [title, line, , foot] = out.split("\n");
    expect(title).toMatch(/^SESSION +USER +ROOM +STATE +OPENED \(UTC\) +SEEN +RTT +MISSES +ADDRESS$/);
    expect(line).toMatch(new RegExp(`^${id} +Lin +general +${kind === "server" ? "active" : "open"} +\\d{4}-`));
    expect(foot).toBe("1 of 1");
    const lines = (await sessions("--format", "jsonl", "--search", id)).out.trimEnd().split("\n");
    expect(lines.map((text) => JSON.parse(text).id)).toEqual([id]);
    expect(JSON.parse((await sessions("--format", "json", "--search", id)).out)).toMatchObject({ total: 1, sessions: [{ id }] });
  });

  test("says when none are open", async () => {
    expect(await sessions("--search", "nobody at all")).toEqual({ code: 0, out: "No session is open.\n", err: [] });
  });
});

test("the server defaults to LASTBEAT_URL", async () => {
  const ran = await cli(["sessions", "--search", "nobody at all"], { env: { LASTBEAT_URL: asked.server.http } });
  expect(ran).toEqual({ code: 0, out: "No session is open.\n", err: [] });
});

describe.each(bothAsked)("stats of a %s", (kind) => {
  const stats = (...args: string[]) => cli(["stats", ...args, ...asked.from[kind]]);

  test("are charted by time, tier and reason", async () => {
    const { code, out } = await stats("--since", "2h", "--user", "Grace");
    expect(code).toBe(0);
    const [title, columns, scale, ...rest] = out.split("\n");
    expect(title).toBe("1 ended session; found after 3 ms in the median, 3 ms at the 99th percentile, 0 late");
    expect(columns).toBe("  █");
    expect(scale).toMatch(/^ {2}from \d{4}-\d\d-\d\d \d\d:\d\d:00 UTC, .+ per column, at most 1$/);
    const bar = "█".repeat(30);
    const line = (label: string) => `  ${label.padEnd(20)}  ${bar}  1  100 %`;
    expect(rest).toEqual(["by tier", line("socket"), "by reason", line("client_left"), ""]);
  });

  test("over several years fit on one line", async () => {
    const [, columns = ""] = (await stats()).out.split("\n");
    expect([...columns.trim()].length).toBeLessThanOrEqual(72);
    expect(columns).toMatch(/^ {2}[▁-█]·+[▁-█]$/);
  });

  test("are available as JSON, and say when nothing matches", async () => {
    expect(endStatsSchema.parse(JSON.parse((await stats("--format", "json", "--user", "Grace")).out)).total).toBe(1);
    expect(await stats("--user", "nobody")).toEqual({ code: 0, out: "No ended session matches.\n", err: [] });
  });
});

describe("end", () => {
  test("ends a session under the token's name, with the note", async () => {
    const { client, id } = await openSession("Kim");
    using _client = client;
    const { token } = await asked.server.server.services.tokens.create("deploy", ["operate"]);
    const url = asked.from.server;
    const ended = await cli(["end", id, "--note", "asked to by mail", ...url], { env: { LASTBEAT_TOKEN: token } });
    expect(ended).toEqual({ code: 0, out: expect.stringMatching(new RegExp(`^${id} of Kim ended; released \\d`)), err: [] });
    const { rows } = JSON.parse((await cli(["ends", "--format", "json", "--session", id, ...url])).out);
    expect(endSchema.parse(rows[0])).toMatchObject({ operator: "token deploy", note: "asked to by mail" });
    expect((await client.closed).code).toBe(4503);
    const again = await cli(["end", id, "--token", token, ...url]);
    expect(again).toEqual({ code: 2, out: "", err: [`lastbeat: no such session: ${id}`] });
  });

  test("needs a token with sufficient scope", async () => {
    const { client, id } = await openSession("Kim");
    using _client = client;
    const { token } = await asked.server.server.services.tokens.create("reader", ["read"]);
    const without = await cli(["end", id, ...asked.from.server]);
    expect([without.code, without.err.join()]).toEqual([1, expect.stringContaining("lastbeat token create makes one")]);
    const reading = await cli(["end", id, "--token", token, ...asked.from.server]);
    expect([reading.code, reading.err.join()]).toEqual([1, expect.stringContaining("requires the right sessions:end")]);
    expect(reading.err.join()).not.toContain(token);
  });
});

describe("token", () => {
  const token = (...args: string[]) => cli(["token", ...args, "--data", asked.server.dataFolder]);

  test("created on the command line works on a running server at once, is listed, and is revoked at once", async () => {
    const made = await token("create", "grafana", "--scope", "operate");
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^lb_[\w-]{43}\n$/) });
    expect(made.err).toEqual([expect.stringContaining("shown only once")]);
    const ask = () => cli(["sessions", "--token", made.out.trim(), ...asked.from.server]);
    expect((await ask()).code).toBe(0);
    const tokens = asked.server.server.services.tokens;
    const used = () => expect(tokens.list().find(({ name }) => name === "grafana")?.lastUsedAtMs).toEqual(expect.any(Number));
    await eventually(used);
    const list = await token("list");
    expect(list.out).toMatch(/^ID +NAME +SCOPES +CREATED \(UTC\) +EXPIRES \(UTC\) +LAST USED \(UTC\)\n/);
    expect(list.out).toMatch(/\n[0-9a-f]{10} +grafana +sessions:read,\S* +\d{4}-\S+ \S+ +\d{4}-\S+ \S+ +\d{4}-/);
    expect(list.out).not.toContain(made.out.trim());
    expect(await token("revoke", "grafana")).toEqual({ code: 0, out: "grafana is revoked\n", err: [] });
    const refused = await ask();
    expect([refused.code, refused.err.join()]).toEqual([1, expect.stringContaining("the token is unknown or revoked")]);
  });

  test("as JSON is printed without the additional hint", async () => {
    const made = await token("create", "ci", "--format", "json");
    expect(made.err).toEqual([]);
    expect(JSON.parse(made.out)).toMatchObject({
      name: "ci",
      scopes: ["sessions:read", "history:read"],
      token: expect.stringMatching(/^lb_/),
    });
    const [listed] = JSON.parse((await token("list", "--format", "json")).out).filter(
      ({ name }: { name: string }) => name === "ci",
    );
    expect(Object.keys(listed).sort()).toEqual(["createdAtMs", "expiresAtMs", "id", "lastUsedAtMs", "name", "scopes"]);
  });

  test("list of an empty folder is empty", async () => {
    const folder = join(asked.place.folder, "empty");
    expect(await cli(["token", "list", "--data", folder])).toEqual({ code: 0, out: "There are no tokens.\n", err: [] });
    expect(existsSync(folder)).toBe(false);
  });

  test("is stored in the configured data folder", async () => {
    const env = {
      LASTBEAT_LEDGER_FILE: join(asked.place.folder, "other/lastbeat.db"),
      LASTBEAT_TOKEN: "lb_x",
      LASTBEAT_URL: "http://x",
    };
    expect((await cli(["token", "create", "ci"], { env })).code).toBe(0);
    expect(existsSync(join(asked.place.folder, "other/tokens.json"))).toBe(true);
  });
});

describe("operator", () => {
  test("OPS6 makes a link beside a running server, for a new account and for a forgotten password", async () => {
    await using place = scratch();
    await using server = await startTestServer({ store: await place.open(), env: { LASTBEAT_LEDGER_FILE: place.file } });
    const operator = (...args: string[]) => cli(["operator", ...args, "--db", place.file]);
    const setPassword = (link: string, password: string) =>
      fetch(`${server.http}/admin/set-password`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ link: link.trim().split("#")[1], password }),
      });
    expect(await operator("list")).toEqual({ code: 0, out: "There are no operators yet.\n", err: [] });
    const unknown = await operator("link", "ada");
    expect([unknown.code, unknown.err.join()]).toEqual([2, expect.stringContaining("with --role the link makes the account")]);
    const noAdmin = await operator("link", "ada", "--role", "viewer");
    expect([noAdmin.code, noAdmin.err.join()]).toEqual([2, expect.stringContaining("use --role admin")]);
    const stale = await operator("link", "eve", "--role", "admin");
    const made = await operator("link", "Ada", "--role", "admin", "--url", "https://chat.example.com/");
    expect(made.out).toMatch(/^https:\/\/chat\.example\.com\/admin\/set-password#\S+\n$/);
    expect(made.err.join()).toContain("sets the password of ada (admin), once");
    expect((await setPassword(made.out, "correct horse battery")).status).toBe(204);
    expect((await setPassword(made.out, "correct horse battery")).status).toBe(403);
    // Made while there was no account, so it makes none beside the first.
    expect((await setPassword(stale.out, "correct horse battery")).status).toBe(409);
    const listed = await operator("list");
    expect(listed.out).toMatch(/\nada +admin +enabled +\d{4}-/);
    const [again, unused] = [await operator("link", "ada"), await operator("link", "ada")];
    expect((await setPassword(again.out, "staple battery horse")).status).toBe(204);
    expect((await setPassword(unused.out, "staple battery horse 2")).status).toBe(403);
    const other = await operator("link", "ada", "--role", "viewer");
    expect([other.code, other.err.join()]).toEqual([2, expect.stringContaining("ada has the role admin")]);
  });
});

describe("verify", () => {
  test("LED2 finds no violations in a ledger in use by a server", async () => {
    const { code, out, err } = await cli(["verify", ...asked.from.file]);
    expect([code, err]).toEqual([0, []]);
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^ok +\S+ +[\d,]+ {2}\S/);
    const results = JSON.parse((await cli(["verify", "--format", "json", ...asked.from.file])).out);
    expect(results.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
  });

  test("LED2 reports violations and exits with 1", async () => {
    await using broken = await askedPlace();
    await broken.server.server.close();
    broken.place.sql("UPDATE rollup SET count = count + 1 WHERE reason = 'client_left'");
    const { code, out } = await cli(["verify", ...broken.from.file]);
    expect([code, out]).toEqual([1, expect.stringMatching(/^BROKEN +\S+ +1 {2}violated: .+\n {10}\S/m)]);
    const results = JSON.parse((await cli(["verify", "--format", "json", ...broken.from.file])).out);
    expect(results.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([expect.objectContaining({ problems: 1 })]);
  }, 30_000);
});
