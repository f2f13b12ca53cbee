/** Each error as clients and the command line really meet it: its status, its code and its exit status. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "@lastbeat/support/serverProcess";
import { MAX_IN_FLIGHT } from "@lastbeat/trpc/link";
import { describe, expect, test } from "vitest";
import { cli } from "../cli/testing/cliRun.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { type ErrorChannel, type ErrorCode, type ErrorRow, errorCodes, errorTable, failure } from "./errors.ts";

/** A server, its operator's cookie, and an id of a message. */
interface Place {
  readonly running: TestServer;
  readonly headers: { readonly cookie: string };
  readonly id: string;
}

type Row<Told> = readonly [code: ErrorCode, ask: (place: Place) => Promise<Told>];
type AnyRow = readonly [code: ErrorCode, ...unknown[]];

async function placed<T>(work: (place: Place) => Promise<T>): Promise<T> {
  await using running = await startTestServer({ settings: { maxSessions: 2 } });
  return await work({ running, headers: { cookie: await running.signIn() }, id: crypto.randomUUID() });
}

/** The reads of ends and of messages fail with this. */
function failing(place: Place, error: Error): Place {
  const { ends, messages } = place.running.server.services.store;
  Object.assign(ends, { page: () => Promise.reject(error) });
  Object.assign(messages, { history: () => Promise.reject(error) });
  return place;
}

const broken = () => new Error("secret");
const away = () => failure("unavailable", "the database is away");

const get = ({ running, headers }: Place, path: string) => fetch(`${running.http}${path}`, { headers });
const post = ({ running, headers }: Place, path: string, body: string) =>
  fetch(`${running.http}${path}`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
const del = ({ running }: Place, path: string, init: RequestInit) =>
  fetch(`${running.http}${path}`, { method: "DELETE", ...init });

const rest: readonly Row<Response>[] = [
  ["bad_request", (place) => get(place, "/api/ends?limit=0")],
  ["bad_json", (place) => del(place, "/api/sessions/session_a", { headers: place.headers, body: "{" })],
  ["unauthorized", (place) => del(place, "/api/sessions/session_a", {})],
  [
    "forbidden",
    async (place) => {
      const { token } = await place.running.server.services.tokens.create("reader", ["read"]);
      return del(place, "/api/sessions/session_a", { headers: { authorization: `Bearer ${token}` } });
    },
  ],
  ["not_found", (place) => get(place, "/api/nothing")],
  [
    "conflict",
    (place) => {
      const wanted = { name: "ada", role: "viewer", by: "command line", first: true } as const;
      const { path } = place.running.server.services.links.make(wanted, undefined);
      const body = { link: path.split("#")[1], password: "correct horse battery" };
      return post(place, "/admin/set-password", JSON.stringify(body));
    },
  ],
  [
    "too_many_attempts",
    async ({ running }) => {
      const headers = { authorization: "Bearer lb_guess" };
      const guess = () => fetch(`${running.http}/api/sessions`, { headers });
      for (let tries = 0; tries < 9; tries += 1) await guess();
      return guess();
    },
  ],
  ["too_large", (place) => del(place, "/api/sessions/session_a", { headers: place.headers, body: `"${"x".repeat(70_000)}"` })],
  ["internal", (place) => get(failing(place, broken()), "/api/ends")],
  ["unavailable", (place) => get(failing(place, away()), "/api/ends")],
];

const settings = (values: object, basedOnRevision = 0) => JSON.stringify({ basedOnRevision, values });

const trpc: readonly Row<Response>[] = [
  ["bad_request", (place) => get(place, '/trpc/ends.list?input={"limit":0}')],
  ["unauthorized", ({ running }) => fetch(`${running.http}/trpc/ends.list?input={}`)],
  ["not_found", (place) => get(place, '/trpc/sessions.get?input={"id":"nobody"}')],
  ["too_large", (place) => post(place, "/trpc/settings.save", `"${"x".repeat(300_000)}"`)],
  ["internal", (place) => get(failing(place, broken()), "/trpc/ends.list?input={}")],
  ["unavailable", (place) => get(failing(place, away()), "/trpc/ends.list?input={}")],
  ["needs_websocket", (place) => post(place, "/trpc/session.open", '{"name":"Ada"}')],
  ["conflict", (place) => post(place, "/trpc/settings.save", settings({ maxSessions: 60 }, 7))],
  ["invalid_settings", (place) => post(place, "/trpc/settings.save", settings({ maxSessions: 0 }))],
];

type Frame = Record<string, unknown>;

async function onSocket(place: Place, path: string, talk: (client: TestClient) => Promise<Frame>): Promise<Frame> {
  using client = await TestClient.connect(`${place.running.ws}${path}`, place.headers);
  return await talk(client);
}

const call = (id: number, path: string, input?: unknown, method = "mutation") => ({ id, method, params: { path, input } });

/** What answers the last of these calls. */
async function answerTo(client: TestClient, ...calls: { readonly id: number | null }[]): Promise<Frame> {
  for (const each of calls) client.send(each);
  const last = calls.at(-1)?.id;
  while (!client.frames.some(({ id }) => id === last)) await client.anyFrame();
  return client.frames.find(({ id }) => id === last) ?? {};
}

/** Reads of history that are never answered: as many as may be under way. */
function holding(place: Place): Place {
  Object.assign(place.running.server.services.store.messages, { history: () => new Promise(() => {}) });
  return place;
}

const trpcSocket: readonly Row<Frame>[] = [
  [
    "storage_low",
    (place) =>
      onSocket(full(place), "/trpc", (client) =>
        answerTo(client, call(1, "session.open", { name: "Ada", room: "x" }), call(2, "chat.send", { id: place.id, text: "hi" })),
      ),
  ],
  [
    "rate_limited",
    (place) =>
      onSocket(place, "/trpc", (client) => {
        const sends = messages().map(({ id, text }, at) => call(at + 2, "chat.send", { id, text }));
        return answerTo(client, call(1, "session.open", { name: "Ada", room: "x" }), ...sends);
      }),
  ],
  [
    "bad_json",
    (place) =>
      onSocket(place, "/trpc", (client) => {
        client.socket.send("{");
        return client.anyFrame();
      }),
  ],
  ["hello_first", (place) => onSocket(place, "/trpc", (client) => answerTo(client, call(1, "chat.typing")))],
  [
    "join_first",
    (place) =>
      onSocket(place, "/trpc", (client) =>
        answerTo(client, call(1, "session.open", { name: "Ada" }), call(2, "chat.send", { id: place.id, text: "hi" })),
      ),
  ],
  [
    "forbidden",
    (place) =>
      onSocket(place, "/trpc", (client) =>
        answerTo(client, call(1, "session.open", { name: "Ada" }), call(2, "session.renew", { token: "of a guest" })),
      ),
  ],
  ["protocol_error", (place) => onSocket(place, "/trpc", (client) => answerTo(client, { id: null }))],
  [
    "busy",
    (place) => {
      holding(place);
      const asks = Array.from({ length: MAX_IN_FLIGHT + 1 }, (_, at) => call(at + 2, "chat.history", { room: "x" }, "query"));
      return onSocket(place, "/trpc", async (client) => {
        await answerTo(client, call(1, "session.open", { name: "Ada" }));
        return answerTo(client, ...asks);
      });
    },
  ],
];

/** More than a user may send at once. */
const messages = () => Array.from({ length: 31 }, () => ({ type: "chat.send", id: crypto.randomUUID(), text: "hi" }));

/** A server whose disk is nearly full. */
function full(place: Place): Place {
  Object.assign(place.running.server.services.diskFloor, { cause: () => "the disk has 1 MiB left" });
  return place;
}

async function errorFrame(client: TestClient, ...frames: (object | string)[]): Promise<Frame> {
  for (const frame of frames) client.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  return client.frame("error");
}

const hello = { type: "hello", name: "Ada" };
const join_ = { type: "chat.join", room: "x" };
const onJson = (place: Place, ...frames: object[]) => onSocket(place, "/ws/new", (client) => errorFrame(client, ...frames));

const frames: readonly Row<Frame>[] = [
  ["bad_request", (place) => onJson(place, hello, { type: "chat.join" })],
  ["bad_json", (place) => onSocket(place, "/ws/new", (client) => errorFrame(client, "{"))],
  ["protocol_error", (place) => onJson(place, { type: "dance" })],
  ["hello_first", (place) => onJson(place, join_)],
  ["forbidden", (place) => onJson(place, hello, { type: "renew", token: "of a guest" })],
  ["join_first", (place) => onJson(place, hello, { type: "chat.send", id: place.id, text: "hi" })],
  [
    "conflict",
    (place) => {
      const say = (text: string) => ({ type: "chat.send", id: place.id, text });
      return onJson(place, hello, join_, say("one"), say("two"));
    },
  ],
  [
    "busy",
    (place) => {
      holding(place);
      return onJson(place, hello, ...Array(MAX_IN_FLIGHT + 1).fill({ type: "chat.history", room: "x" }));
    },
  ],
  ["storage_low", (place) => onJson(full(place), hello, join_, { type: "chat.send", id: place.id, text: "hi" })],
  ["rate_limited", (place) => onJson(place, hello, join_, ...messages())],
  ["internal", (place) => onJson(failing(place, broken()), hello, { type: "chat.history", room: "x" })],
  ["unavailable", (place) => onJson(failing(place, away()), hello, { type: "chat.history", room: "x" })],
];

type Ran = Awaited<ReturnType<typeof cli>>;
const ends = ({ running }: Place, ...args: string[]) => cli(["ends", "--url", running.http, ...args]);
const end = async ({ running }: Place, scope: "read" | "operate", ...args: string[]) => {
  const { token } = await running.server.services.tokens.create("cli", [scope]);
  return cli(["end", "session_a", "--url", running.http, "--token", token, ...args]);
};

const commands: readonly (readonly [...Row<Ran>, said: string])[] = [
  ["usage", (place) => ends(place, "--color", "red"), "unknown flag --color"],
  [
    "bad_request",
    (place) => end(place, "operate", "--note", "x".repeat(501)),
    "note: expected a string of at most 500 characters",
  ],
  ["unauthorized", (place) => ends(place, "--token", "lb_x"), "the token is unknown or revoked; lastbeat token create makes one"],
  ["forbidden", (place) => end(place, "read"), "requires the right sessions:end"],
  ["not_found", (place) => end(place, "operate"), "no such session: session_a"],
  ["too_large", (place) => end(place, "operate", "--note", "x".repeat(70_000)), "the body is larger than 65536 bytes"],
  ["internal", (place) => ends(failing(place, broken())), "internal server error"],
  ["unavailable", (place) => ends(failing(place, away())), "the database is away"],
  [
    "conflict",
    async ({ running }) => {
      await running.server.services.tokens.create("ci", ["read"]);
      return cli(["token", "create", "ci", "--data", running.dataFolder]);
    },
    "a token named ci exists",
  ],
  ["failed", () => cli(["ends", "--db", "/dev/null/none"]), "no such file: /dev/null/none"],
  ["invalid_config", () => cli(["token", "list"], { env: { LASTBEAT_SERVER_PORT: "many" } }), "LASTBEAT_SERVER_PORT: expected"],
];

const row = (code: ErrorCode): ErrorRow => errorTable[code];

describe("REST", () => {
  test.each(rest)("LED7 %s", async (code, ask) => {
    const [status, text] = await placed(async (place) => {
      const response = await ask(place);
      return [response.status, await response.text()] as const;
    });
    expect([status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([row(code).rest, code]);
    expect(text).not.toContain("secret");
  });
});

describe("tRPC", () => {
  const shapeOf = (answer: unknown) => (answer as { error: { message: string; data: { code: string; path?: string } } }).error;

  test.each(trpc)("over HTTP: %s", async (code, ask) => {
    const error = await placed(async (place) => shapeOf(await (await ask(place)).json()));
    expect(error.data.code).toBe(row(code).trpc);
    expect(JSON.stringify(error)).not.toMatch(/secret|\.ts:/);
  });

  test.each(trpcSocket)("over a WebSocket: %s", async (code, ask) => {
    expect(shapeOf(await placed(ask)).data.code).toBe(row(code).trpc);
  });
});

describe("the JSON socket", () => {
  test.each(frames)("%s", async (code, ask) => {
    const frame = await placed(ask);
    expect(frame.code).toBe(row(code).frame?.code);
    expect(JSON.stringify(frame)).not.toContain("secret");
  });
});

describe("the command line", () => {
  test.each(commands)("%s", async (code, ask, said) => {
    const { code: status, out, err } = await placed(ask);
    expect([status, out, err.length]).toEqual([row(code).exit, "", 1]);
    expect(err.join()).toContain(said);
    expect(err.join()).not.toMatch(/secret|\.ts:/);
  });
});

describe("the server's start", () => {
  test.each<[ErrorCode, (folder: string) => Readonly<Record<string, string>>, string]>([
    ["invalid_config", () => ({ LASTBEAT_SERVER_PORT: "many" }), "environment LASTBEAT_SERVER_PORT: expected a whole number"],
    [
      "cannot_start",
      () => ({ LASTBEAT_LOG_FILE: "/dev/null/logs/app.log" }),
      "the log /dev/null/logs/app.log cannot be written (ENOTDIR): ",
    ],
    [
      "database_unusable",
      (folder) => ({ LASTBEAT_LEDGER_FILE: join(folder, "text.db") }),
      "text.db is damaged or is not an SQLite database: ",
    ],
  ])("%s", async (code, env, message) => {
    const folder = mkdtempSync(join(tmpdir(), "lastbeat-start-"));
    writeFileSync(join(folder, "text.db"), "plain text, and more of it than a header of a database is long".repeat(9));
    const files = { LASTBEAT_LOG_FILE: join(folder, "app.log"), LASTBEAT_LEDGER_FILE: join(folder, "new.db") };
    const server = new ServerProcess({ LASTBEAT_SERVER_PORT: "0", ...files, ...env(folder) });
    expect((await server.exited).code).toBe(row(code).exit);
    expect(server.output).toContain(message);
    expect(server.output).not.toMatch(/\n\s+at /);
    rmSync(folder, { recursive: true });
  });
});

test("every error has a row wherever it can occur", () => {
  const reached = (rows: readonly AnyRow[]) => new Set(rows.map(([code]) => code));
  const without = (door: ErrorChannel, rows: readonly AnyRow[]) =>
    errorCodes.filter((code) => row(code)[door] !== null && !reached(rows).has(code));
  expect(without("rest", rest)).toEqual([]);
  // No procedure takes a link or a password.
  expect(without("trpc", [...trpc, ...trpcSocket])).toEqual(["too_many_attempts"]);
  // The keeper has sent `ending` and closed the socket before this frame could follow.
  expect(without("frame", frames)).toEqual(["refused"]);
  // A token has to be wrong ten times. The command line sends no JSON that it did not make; the server's settings come from its configuration.
  const atStart = ["cannot_start", "database_unusable"];
  const exits = errorCodes.filter((code) => row(code).exit !== null && !reached(commands).has(code) && !atStart.includes(code));
  expect(exits).toEqual(["bad_json", "too_many_attempts", "invalid_settings"]);
});
