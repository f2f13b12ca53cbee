import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endPageSchema, endSchema } from "../contract/answers.ts";
import { csvHeader } from "../rest/csv.ts";
import { type AskedPlace, askedPlace, bothAsked, nasty } from "./testing/askedPlace.ts";
import { cli } from "./testing/cliRun.ts";

let asked: AskedPlace;
beforeAll(async () => {
  asked = await askedPlace();
}, 30_000);
afterAll(() => asked[Symbol.asyncDispose]());

const idsOf = (jsonl: string) =>
  jsonl
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => endSchema.parse(JSON.parse(line)).sessionId);

describe.each(bothAsked)("ends of a %s", (kind) => {
  const ends = (...args: string[]) => cli(["ends", ...args, ...asked.from[kind]]);

  test("LED7 is a table with aligned columns, newest first", async () => {
    const { code, out, err } = await ends();
    expect([code, err]).toEqual([0, []]);
    const [title = "", first = "", second = "", third = "", , foot] = out.split("\n");
    expect(title).toMatch(/^ENDED \(UTC\) +REASON +FOUND BY +CAUSED BY +FOUND AFTER +RELEASED IN +USER +ROOM +SESSION$/);
    expect([first, second, third].map((line) => line.slice(title.indexOf("SESSION")))).toEqual([
      "session_nasty",
      "session_left",
      "session_old",
    ]);
    expect(third).toMatch(/^2023-11-14 22:15:00 +unresponsive +heartbeat +client +70\.0 s of 90\.1 s +incomplete +Ada +general/);
    expect(second).toContain(" 4 ms ");
    expect(foot).toBe("3 of 3");
  });

  test("LED7 is a page of JSON with all fields", async () => {
    const page = endPageSchema.parse(JSON.parse((await ends("--format", "json", "--limit", "1")).out));
    expect(page.rows.map(({ sessionId, user }) => [sessionId, user])).toEqual([["session_nasty", nasty.user]]);
    expect(page.rows[0]?.client).toBe(nasty.client);
    const { out } = await ends("--format", "json", "--limit", "1", "--cursor", String(page.nextCursor));
    expect(JSON.parse(out).rows[0].sessionId).toBe("session_left");
  });

  test("is JSON lines of all matches, or up to the limit", async () => {
    expect(idsOf((await ends("--format", "jsonl", "--sort", "oldest")).out)).toEqual([
      "session_old",
      "session_left",
      "session_nasty",
    ]);
    expect(idsOf((await ends("--format", "jsonl", "--limit", "2")).out)).toEqual(["session_nasty", "session_left"]);
    expect((await ends("--format", "jsonl", "--user", "nobody")).out).toBe("");
  });

  test("is CSV without formulas and correctly quoted", async () => {
    const { out } = await ends("--format", "csv", "--session", "session_nasty");
    expect(out.startsWith(csvHeader)).toBe(true);
    const line = out.slice(csvHeader.length);
    expect(line).toContain(`,'${nasty.user},`);
    expect(line).toContain(`,"${nasty.client.replaceAll('"', '""')}",`);
    expect((await ends("--format", "csv", "--user", "nobody")).out).toBe(csvHeader);
  });

  test.each([
    [["--tier", "socket"], ["session_left"]],
    [["--reason", "client_left,idle"], ["session_left"]],
    [["--initiator", "operator"], []],
    [["--user", "Grace"], ["session_left"]],
    [["--session", "session_old"], ["session_old"]],
    [
      ["--address", "192.0.2.7", "--since", "2h"],
      ["session_nasty", "session_left"],
    ],
    [["--until", "2024-01-01"], ["session_old"]],
    [["--from-ms", "1600000000000", "--to-ms", "1700000200000"], ["session_old"]],
    [["--text", "nasty"], ["session_nasty"]],
    [["--text", "'; DROP TABLE ends; --"], []],
    [
      ["--sort", "slowest_detection"],
      ["session_nasty", "session_old", "session_left"],
    ],
  ])("is filtered and sorted by %j", async (filter, ids) => {
    const { code, out } = await ends("--format", "jsonl", ...filter);
    expect([code, idsOf(out)]).toEqual([0, ids]);
  });

  test("prints no control characters", async () => {
    for (const format of ["table", "json", "jsonl"]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
      expect((await ends("--format", format)).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test("as CSV escapes control characters on a screen, while a file gets the server's exact export", async () => {
    const { out } = await cli(["ends", "--format", "csv", ...asked.from[kind]], { columns: 80 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
    expect(out).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
    expect(out.trimEnd().split("\r\n")).toHaveLength(4);
    expect(out).toContain('Evil\\u001b[2J\\u202egnirts, ""quoted""\\u000asecond line');
    expect((await ends("--format", "csv")).out).toContain(nasty.client.replaceAll('"', '""'));
  });

  test("says when nothing matches, as a table", async () => {
    expect(await ends("--user", "nobody")).toEqual({ code: 0, out: "No ended session matches.\n", err: [] });
  });

  test("has lines no longer than the terminal", async () => {
    const { out } = await cli(["ends", ...asked.from[kind]], { columns: 60 });
    for (const line of out.split("\n").slice(0, 4)) expect([...line]).toHaveLength(60);
  });
});

describe("more ends than a page", () => {
  test("are all exported, both over REST and from the file", async () => {
    const { ledger } = asked.server.server.services.store;
    const ids = Array.from({ length: 450 }, (_, at) => `session_many_${at}`);
    await Promise.all(ids.map((id) => ledger.opened(sampleOpened(id, { user: "Many" }))));
    await Promise.all(ids.map((id) => ledger.ended(sampleEnded(id))));
    for (const kind of bothAsked) {
      const { out } = await cli(["ends", "--format", "jsonl", "--user", "Many", ...asked.from[kind]]);
      expect(new Set(idsOf(out))).toEqual(new Set(ids));
    }
    const { out } = await cli(["ends", "--user", "Many", "--limit", "3", ...asked.from.file]);
    expect(out).toMatch(/\n3 of 450; the next: --cursor \S+\n$/);
  }, 30_000);
});
