/** Paths, queries and bodies that are meant to reach something else than they should. */
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import { ask, field, linesOf, operatorCookie, post, refused } from "./asking.ts";
import { backtracking, injections, searches, traversals } from "./hostileTexts.ts";

/** An operator asks with each of these values; the server answers 200 or says what is wrong, and never fails. */
function asked(name: string, must: string, path: (value: string) => string, values: readonly string[]): Attack {
  return {
    name,
    must,
    async run(scene) {
      const Cookie = await operatorCookie(scene);
      for (const value of values) {
        const answer = await ask(scene, `GET ${path(encodeURIComponent(value))}`, { Cookie });
        expect([200, 400, 404], `${value}: ${answer.body.slice(0, 200)}`).toContain(answer.status);
        expect(answer.body).not.toMatch(/SQLITE|syntax error|fts5|near "/i);
      }
      expect((await ask(scene, "GET /api/ends", { Cookie })).status).toBe(200);
    },
  };
}

/** An operator posts this body. */
function posted(name: string, statuses: readonly number[], path: string, body: string): Attack {
  return {
    name,
    must: `answered with ${statuses.join(" or ")}`,
    async run(scene) {
      const answer = await post(scene, path, body, { Cookie: await operatorCookie(scene) });
      expect(statuses, answer.body.slice(0, 300)).toContain(answer.status);
    },
  };
}

attacks("HTTP paths, queries and bodies", {}, [
  {
    name: `${traversals.length} ways to a file outside of the web apps`,
    must: "no file but those of the apps",
    async run(scene) {
      for (const path of traversals) {
        const { body } = await ask(scene, `GET ${path}`);
        expect(body, path).not.toMatch(/root:|"secret"|"workspaces"|SQLite format|\[core\]|Starting Lastbeat/);
      }
    },
  },
  {
    name: "a target that leads a browser elsewhere",
    must: "no redirect leaves the server",
    async run(scene) {
      for (const path of [
        "//evil.example",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/admin//evil.example",
        "/https:/evil.example",
      ]) {
        const answer = await ask(scene, `GET ${path}`);
        expect(field(answer, "Location") ?? "/", path).toMatch(/^\/(?![/\\])/);
      }
    },
  },
  {
    name: "line breaks in a path and a query, to add fields to the answer",
    must: "no field is added",
    async run(scene) {
      const breaks = "%0d%0aSet-Cookie:%20evil=1%0d%0a";
      for (const path of [`/${breaks}`, `/admin/sign-in?token=${breaks}`, `/api/ends/${breaks}`, `/trpc/${breaks}`])
        expect((await ask(scene, `GET ${path}`)).head, path).not.toContain("evil");
    },
  },
  {
    name: "procedures with the names of every object's own",
    must: "answered with 404",
    async run(scene) {
      for (const path of [
        "__proto__",
        "constructor",
        "toString",
        "sessions.__proto__",
        "sessions.constructor",
        "_def.procedures",
        "",
      ])
        for (const answer of [await ask(scene, `GET /trpc/${path}`), await post(scene, `/trpc/${path}`, {})])
          expect(answer.status, path).toBe(404);
    },
  },
  {
    name: "300 procedures that do not exist, with long names",
    must: "answered with 404; a line of the log for many",
    async run(scene) {
      const answers = await scene.many(300, (at) => ask(scene, `GET /trpc/${"x".repeat(2_000)}${at}`));
      expect(answers.filter(({ status }) => status !== 404)).toEqual([]);
      expect(linesOf(scene, /Refused a call/)).toBeLessThanOrEqual(51);
      expect(scene.said().length).toBeLessThan(60_000);
    },
  },
  {
    name: "batches of 33 and of 1,000 calls, 100 times",
    must: "answered with 400; a line of the log for many",
    async run(scene) {
      const batch = (count: number) => Array.from({ length: count }, () => "auth.me").join(",");
      const answers = await scene.many(100, (at) => ask(scene, `GET /trpc/${batch(at % 2 === 0 ? 33 : 1_000)}?batch=1`));
      expect(answers.filter(({ status }) => status !== 400)).toEqual([]);
      expect(linesOf(scene, /Refused a call/)).toBeLessThanOrEqual(51);
    },
  },
  {
    name: "a range with 1,000 parts, beyond the end, backwards and without sense",
    must: "at most the file",
    async run(scene) {
      const whole = Number(field(await ask(scene, "GET /", { "Accept-Encoding": "identity" }), "Content-Length"));
      const ranges = [
        `bytes=${"0-,".repeat(1_000)}0-`,
        "bytes=0-99999999999999999999",
        "bytes=9-1",
        "bytes=-0",
        "bytes=a-b",
        "lines=1-2",
      ];
      for (const Range of ranges) {
        const answer = await ask(scene, "GET /", { Range, "Accept-Encoding": "identity" });
        expect([200, 206, 416, 503], Range).toContain(answer.status);
        expect(answer.body.length, Range).toBeLessThanOrEqual(Math.max(whole, 200));
      }
    },
  },
  {
    name: "codings that nobody has, 1,000 of them, and none at all",
    must: "answered all the same",
    async run(scene) {
      for (const coding of [
        Array.from({ length: 1_000 }, (_, at) => `c${at};q=0.${at}`).join(","),
        "*;q=0",
        "identity;q=0",
        "gzip;q=x",
        ",,;",
      ]) {
        const answer = await ask(scene, "GET /api/openapi.json", { "Accept-Encoding": coding });
        expect([200, 406], coding.slice(0, 40)).toContain(answer.status);
      }
    },
  },
  refused(
    "a body said to be compressed",
    [401, 415],
    "POST /trpc/settings.save",
    { "Content-Encoding": "gzip", "Content-Type": "application/json" },
    "\x1f\x8b",
  ),
  asked("a query of 14 KB", "answered with 400", (value) => `/api/ends?user=${value}`, ["x".repeat(14_000)]),
  asked("SQL in filters", "taken as text", (value) => `/api/ends?user=${value}&room=${value}&session=${value}`, injections),
  asked("SQL as a session's id", "answered with 404", (value) => `/api/ends/${value}`, injections),
  asked("the language of full-text search in a search", "taken as text", (value) => `/api/ends?search=${value}`, searches),
  asked(
    "texts on which regular expressions take for ever",
    "answered at once",
    (value) => `/api/ends?search=${value}&user=${value}`,
    backtracking,
  ),
  asked("the same in the search of live sessions", "answered at once", (value) => `/api/sessions?search=${value}`, [
    ...searches,
    ...backtracking,
  ]),
  asked("cursors made by hand", "answered with 400", (value) => `/api/ends?cursor=${value}`, [
    "x",
    "AAAA",
    Buffer.from('{"seq":-1}').toString("base64url"),
    Buffer.from(`${"[".repeat(3_000)}`).toString("base64url"),
    Buffer.from("[1e309,null,{}]").toString("base64url"),
  ]),
  asked("numbers that are none", "answered with 400", (value) => `/api/ends?limit=${value}`, [
    "-1",
    "1e999",
    "NaN",
    "0x10",
    "Infinity",
    "1.5",
    "٣",
    "",
  ]),
  asked(
    "pages of a timeline beyond every number",
    "answered with 400",
    (value) => `/api/ends/x/timeline?after=${value}&limit=${value}`,
    ["-1", "99999999999999999999", "1e400"],
  ),
  asked("parameters with the names of every object's own", "answered with 400", (value) => `/api/ends?${value}=1`, [
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "__proto__[x]",
  ]),
  posted("JSON nested 100,000 deep", [400], "/trpc/sessions.end", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  posted(
    "JSON with __proto__ in it",
    [400, 404],
    "/trpc/sessions.end",
    '{"__proto__":{"id":"x"},"constructor":{"prototype":{"id":"x"}}}',
  ),
  posted(
    "JSON with 20,000 fields",
    [400],
    "/trpc/settings.save",
    JSON.stringify({ basedOnRevision: 0, values: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 1])) }),
  ),
  posted("a body of 300 KB", [413], "/trpc/settings.save", `"${"x".repeat(300_000)}"`),
  posted(
    "a text with 50,000 marks on one letter",
    [400],
    "/trpc/sessions.end",
    JSON.stringify({ id: "x", note: `a${"\u0301".repeat(50_000)}` }),
  ),
  {
    name: "a name that is a formula, in an export",
    must: "no cell is one, whatever the separator",
    async run(scene) {
      const eve = await scene.json({ hello: { name: "=1+1;=cmd|' /C calc'!A0" } });
      eve.send({ type: "goodbye" });
      await eve.close();
      const { body } = await ask(scene, "GET /api/ends/export?format=csv", { Cookie: await operatorCookie(scene) });
      expect(body).toContain("cmd|");
      for (const cell of body.split(/[;,\t|\r\n]/)) expect(cell).not.toMatch(/^["\s]*[=+@]/);
    },
  },
  {
    name: "names and paths with line breaks, escapes and direction marks, for the log",
    must: "no line of the log begins with them, no mark gets there",
    async run(scene) {
      await ask(scene, "GET /api/x%0a2026-01-01T00:00:00.000Z%20ERROR%20forged", { Origin: "https://evil.example\u0085x" });
      await ask(scene, "POST /x%e2%80%ae%1b[2J", { Origin: "https://evil.example" });
      const eve = await scene.webSocket("/ws/new");
      eve.send({ type: "hello", name: "Eve\n2026 ERROR forged\u202e" });
      await eve.close();
      expect(scene.said()).not.toMatch(/^2026\S* ERROR forged/m);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(scene.said()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u0080-\u009f\u2028-\u202e\u2066-\u2069]/);
    },
  },
]);
