import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedPlace, askedPlace, bothAsked } from "./testing/askedPlace.ts";
import { cli } from "./testing/cliRun.ts";

let asked: AskedPlace;
beforeAll(async () => {
  asked = await askedPlace();
}, 30_000);
afterAll(() => asked[Symbol.asyncDispose]());

describe.each(bothAsked)("invalid queries to a %s", (kind) => {
  test.each([
    [["ends", "--color", "red"], "unknown flag --color"],
    [["ends", "--sinse", "24h"], "unknown flag --sinse; did you mean --since?"],
    [["ends", "--tier", "cellar"], "--tier: expected one of socket, heartbeat"],
    [["ends", "--reason", "boredom"], "--reason: expected one of client_left"],
    [
      ["ends", "--sort", "prettiest"],
      '--sort: expected one of newest, oldest, slowest_detection, slowest_cleanup, got "prettiest"',
    ],
    [["ends", "--cursor", "nonsense"], "cursor: expected a cursor made by this server"],
    [["ends", "--since", "1h", "--until", "2h"], "--until: expected a time after fromMs"],
    [["ends", "--since", "yesterday"], "--since: expected 24h"],
    [["ends", "--since", "1h", "--from-ms", "5"], "--since: expected either since or fromMs, got both"],
    [["ends", "--limit", "0"], "--limit: expected a number of at least 1, got 0"],
    [["ends", "--limit", "1000000"], "--limit: expected a number of at most 500, got 1000000"],
    [["ends", "--limit", "ten"], '--limit: expected a number, got "ten"'],
    [["ends", "--limit"], "--limit: expected a value, got nothing"],
    [["ends", "--user", "a", "--user", "b"], "--user: expected once, got twice"],
    [["ends", "--format", "xml"], '--format: expected one of table, json, jsonl, csv, got "xml"'],
    [["ends", "--format", "csv", "--cursor", "x"], "--cursor: not allowed with --format csv"],
    [["ends", "--follow", "--format", "json"], "--format: expected one of table, jsonl, csv with --follow"],
    [["ends", "--follow", "--sort", "oldest"], "--sort: not allowed with --follow"],
    [["ends", "--follow=yes"], '--follow: expected no value, got "yes"'],
    [["ends", "session_a"], "unexpected argument session_a; for one session use --session <id>"],
    [["stats", "--limit", "5"], "unknown flag --limit"],
    [["stats", "--format", "csv"], '--format: expected one of text, json, got "csv"'],
    [["sessions", "--limit", "0"], "--limit: expected a whole number from 1 to 10000"],
    [["sessions", "--format", "csv"], '--format: expected one of table, json, jsonl, got "csv"'],
    [["sessions", "ada"], "unexpected argument ada; to search use --search"],
  ])("%j ends with 2 and one line", async (args, message) => {
    const { code, out, err } = await cli([...args, ...asked.from[kind]]);
    expect([code, out, err]).toEqual([2, "", [expect.stringContaining(message)]]);
    expect(err[0]).not.toContain("\n");
  });
});

describe("invalid usage", () => {
  test.each([
    [["adit"], "unknown command adit; did you mean audit?"],
    [["fly"], "unknown command fly; lastbeat --help lists them"],
    [["token"], "expected one of token create, token list, token revoke"],
    [["token", "create"], "expected one name: lastbeat token create <name>"],
    [["token", "create", "a", "b"], "expected one name: lastbeat token create <name>"],
    [["token", "create", "\u202eic"], '<name>: expected a string without control or invisible characters, got "\\u202eic"'],
    [["token", "create", "ci", "--scope", "root"], "--scope: expected one of sessions:read, sessions:end, history:read"],
    [["token", "list", "ci"], "unexpected argument ci"],
    [["token", "revoke", "nobody"], "no such token: nobody; lastbeat token list lists them"],
    [["end"], "expected one session id: lastbeat end <id>"],
    [["end", "session_a", "session_b"], "expected one session id"],
    [["end", "session_a", "--db", "x"], "unknown flag --db"],
    [["verify", "file.db"], "unexpected argument file.db; name the database with --db <file>"],
    [["ends", "--db", "x", "--url", "http://y"], "expected either --db or --url, got both"],
    [["ends", "--url", "localhost"], '--url: expected a URL such as http://127.0.0.1:8000, got "localhost"'],
    [["ends", "--url", "http://ada:secret@x"], '--url: expected a URL such as http://127.0.0.1:8000, got "http://…@x"'],
    [["ends", "--url", "http://x", "--token", "ü"], "--token: expected printable ASCII characters"],
  ])("%j ends with 2 and one line", async (args, message) => {
    const data = args[0] === "token" ? ["--data", asked.place.folder] : [];
    const { code, out, err } = await cli([...args, ...(args.length > 1 ? data : [])]);
    expect([code, out, err]).toEqual([2, "", [expect.stringContaining(`lastbeat: ${message}`)]]);
  });
});

describe("failures", () => {
  const failing = async (args: string[], message: string) => {
    const { code, out, err } = await cli(args);
    expect([code, out, err]).toEqual([1, "", [expect.stringContaining(message)]]);
  };

  test("a missing or foreign database exits with 1 and one line", async () => {
    const { folder } = asked.place;
    await failing(["ends", "--db", join(folder, "none.db")], "no such file: ");
    writeFileSync(join(folder, "text.db"), "plain text, and more of it than a header of a database is long".repeat(9));
    await failing(["stats", "--db", join(folder, "text.db")], "the database file is damaged (SQLITE_NOTADB)");
    writeFileSync(join(folder, "empty.db"), "");
    await failing(["verify", "--db", join(folder, "empty.db")], "is not a Lastbeat database");
    mkdirSync(join(folder, "folder.db"), { recursive: true });
    await failing(["sessions", "--db", join(folder, "folder.db")], "cannot read ");
  });

  test("a missing or foreign server exits with 1 and one line", async () => {
    const other = createServer((_, response) => response.writeHead(404).end("<html>")).listen(0, "127.0.0.1");
    const url = await new Promise<string>((resolve) => {
      other.once("listening", () => resolve(`http://127.0.0.1:${(other.address() as AddressInfo).port}`));
    });
    await failing(["sessions", "--url", url], `${url} answered 404: is this a Lastbeat server?`);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
    await failing(["ends", "--url", url], `no server answers at ${url}: ECONNREFUSED`);
  });

  test("a duplicate token name or a damaged token file exits with 1 and one line", async () => {
    const data = ["--data", join(asked.place.folder, "tokens")];
    await cli(["token", "create", "ci", ...data]);
    await failing(["token", "create", "ci", ...data], "a token named ci exists; revoke it first");
    writeFileSync(join(asked.place.folder, "tokens/tokens.json"), "{broken");
    await failing(["token", "create", "new", ...data], "is damaged: repair it");
    await failing(["token", "list", ...data], "is damaged: repair it");
    await failing(["token", "list", "--format", "json", ...data], "is damaged: repair it");
  });

  test("an invalid configuration exits with 1 and one line per problem", async () => {
    const ran = await cli(["token", "list"], { env: { LASTBEAT_SERVER_PORT: "many", LASTBEAT_LEDGER_RETENTION_DAYS: "-1" } });
    expect([ran.code, ran.err.join("\n").split("\n").length]).toEqual([1, 2]);
  });
});
