/** Users about whom their application is asked, against a whole server and an application over HTTP. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { SECRET } from "./testing/tokens.ts";
import { Turns } from "./turns.ts";

interface Question {
  readonly body: string;
  readonly signature: string;
}

type Answer = (response: ServerResponse, question: Question) => void;

const json = (value: object) => (response: ServerResponse) => void response.end(JSON.stringify(value));
const ada = { id: "user-7", name: "Ada", rooms: ["one"] };

async function startApplication(first: Answer) {
  const asked: Question[] = [];
  const application = { answer: first, asked };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const question = { body: await text(request), signature: String(request.headers["lastbeat-signature"]) };
    asked.push(question);
    application.answer(response, question);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const env = {
    LASTBEAT_USERS_MODE: "webhook",
    LASTBEAT_USERS_WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hello`,
    LASTBEAT_USERS_WEBHOOK_SECRET: SECRET,
    LASTBEAT_USERS_WEBHOOK_TIMEOUT: "1",
  };
  const dispose = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(application, { env, [Symbol.asyncDispose]: dispose });
}

async function hello(running: TestServer, fields: object = {}) {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "somebody", token: "ticket", ...fields });
  return { client, answer: await client.anyFrame() };
}

async function refusal(running: TestServer, fields: object = {}) {
  const { client, answer } = await hello(running, fields);
  const { code } = await client.closed;
  return { code, message: String(answer.message) };
}

test("WHO2 the application is asked with a signed question, and its answer is who the user is", async () => {
  await using application = await startApplication(json(ada));
  await using running = await startTestServer({ env: application.env });
  const { client, answer } = await hello(running, { room: "one" });
  using _ = client;
  expect(answer).toMatchObject({ type: "welcome", room: "one" });
  expect([...running.server.services.keeper.sessions()][0]).toMatchObject({ user: "Ada", userId: "user-7" });
  const [{ body = "", signature = "" } = {}] = application.asked;
  expect(JSON.parse(body)).toEqual({
    name: "somebody",
    token: "ticket",
    room: "one",
    address: "127.0.0.1",
    client: expect.any(String),
  });
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  expect(hex).toBe(createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex"));
  client.send({ type: "chat.join", room: "two" });
  expect(await client.frame("error")).toMatchObject({ code: "forbidden" });
});

test("WHO2 who is not let in is told so, and is not to try again", async () => {
  await using application = await startApplication((response) => void response.writeHead(403).end("<b>secret reason</b>"));
  await using running = await startTestServer({ env: application.env });
  expect(await refusal(running)).toEqual({ code: 4504, message: "your application did not let you in" });
  application.answer = json({ ...ada, expires_at: 1_000 });
  expect(await refusal(running)).toEqual({ code: 4504, message: "your sign-in has expired" });
});

test.each<[string, Answer]>([
  ["that fails", (response) => void response.writeHead(500).end()],
  ["that sends elsewhere", (response) => void response.writeHead(302, { location: "/there" }).end()],
  ["whose answer is too long", (response) => void response.end(`"${"x".repeat(200_000)}"`)],
  ["whose answer is no JSON", (response) => void response.end("yes")],
  ["whose answer has no id", json({ name: "Ada" })],
  ["whose answer has an invisible name", json({ ...ada, name: "\u200b" })],
  ["whose answer has rooms that are none", json({ ...ada, rooms: ["One!"] })],
  ["that hangs up", (response) => void response.destroy()],
  ["that never answers", () => {}],
])("WHO2 an application %s lets nobody in, who may try again", async (_, answer) => {
  await using application = await startApplication(answer);
  await using running = await startTestServer({ env: application.env });
  expect(await refusal(running)).toMatchObject({ code: 1013, message: expect.stringContaining("try again later") });
  expect(running.server.services.keeper.stats()).toMatchObject({ active: 0, refusals: { identity: 1 } });
});

test("SES1 WHO2 who waits for the application's answer is not taken for silent", async () => {
  const held: ServerResponse[] = [];
  await using application = await startApplication((response) => void held.push(response));
  const env = { ...application.env, LASTBEAT_WEBSOCKET_MAX_OPENING: "3", LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" };
  await using running = await startTestServer({ env });
  const from = (address: string) => TestClient.connect(`${running.ws}/ws/new`, { "x-forwarded-for": address });
  using asked = await from("203.0.113.7");
  asked.send({ type: "hello", name: "somebody", token: "ticket" });
  await eventually(() => expect(held).toHaveLength(1));
  using silent = await from("203.0.113.7");
  using _other = await from("203.0.113.7");
  using _newcomer = await from("203.0.113.8");
  expect((await silent.closed).code).toBe(1013);
  json(ada)(held[0] as ServerResponse);
  expect(await asked.frame("welcome")).toMatchObject({ type: "welcome" });
});

test("WHO2 an application that is down is left alone for a while after three failures", async () => {
  await using application = await startApplication((response) => void response.writeHead(503).end());
  await using running = await startTestServer({ env: application.env });
  for (let at = 0; at < 6; at++) expect((await refusal(running, { token: `ticket ${at}` })).code).toBe(1013);
  expect(application.asked).toHaveLength(3);
});

test.each<[string, Answer]>([
  ["is refused", (response) => void response.writeHead(400).end()],
  ["has a name that is none", json({ ...ada, name: "\u200b" })],
])("WHO2 a user who %s again and again shuts nobody else out", async (_, answer) => {
  await using application = await startApplication(answer);
  await using running = await startTestServer({ env: application.env });
  for (let at = 0; at < 6; at++) await refusal(running, { token: `ticket ${at}` });
  expect(application.asked).toHaveLength(6);
  application.answer = json(ada);
  const { client, answer: welcome } = await hello(running);
  using _client = client;
  expect(welcome).toMatchObject({ type: "welcome" });
});

test("WHO1 an operator is none of the application's users: in no room, under the account's name", async () => {
  await using application = await startApplication(json(ada));
  await using running = await startTestServer({ env: application.env });
  const { client: user, answer: welcome } = await hello(running, { room: "one" });
  using _user = user;
  const cookie = await running.signIn();
  await using operator = stockClient(running, cookie);
  const resume = { sessionId: String(welcome.sessionId), token: String(welcome.resumeToken) };
  const steal = operator.trpc.session.open.mutate({ name: "Ada", kind: "admin", resume });
  await expect(steal).rejects.toThrow("this session is another user's");
  await using watching = stockClient(running, cookie);
  await watching.trpc.session.open.mutate({ name: "Ada", kind: "admin" });
  const live = [...running.server.services.keeper.sessions()].find(({ kind }) => kind === "admin");
  expect(live).toMatchObject({ user: "operator", room: null });
  await expect(watching.trpc.chat.join.mutate({ room: "one" })).rejects.toThrow("not open to you");
});

test("WHO2 an answer is kept as long as it says, for the same question only, and what is asked twice at once is asked once", async () => {
  await using application = await startApplication(json({ ...ada, cache_for: 60 }));
  await using running = await startTestServer({ env: application.env });
  const clients = await Promise.all([hello(running), hello(running), hello(running)]);
  clients.push(await hello(running));
  expect(application.asked).toHaveLength(1);
  clients.push(await hello(running, { token: "another" }));
  expect(application.asked).toHaveLength(2);
  const [first] = clients;
  first?.client.send({ type: "renew", token: "ticket" });
  await first?.client.frame("renewed");
  expect(application.asked).toHaveLength(3);
  for (const { client } of clients) client[Symbol.dispose]();
});

test("WHO3 what the answer says of the time is kept", async () => {
  await using application = await startApplication(json({ ...ada, expires_at: Math.floor(Date.now() / 1_000) + 300 }));
  await using running = await startTestServer({ env: application.env });
  const { client } = await hello(running);
  running.server.services.users.expiries.check(performance.now() + 320_000);
  expect((await client.closed).code).toBe(4504);
});

test("WHO2 only so many questions are under way at once", async () => {
  const open: ServerResponse[] = [];
  await using application = await startApplication((response) => void open.push(response));
  await using running = await startTestServer({ env: { ...application.env, LASTBEAT_USERS_WEBHOOK_MAX_CONCURRENT: "2" } });
  const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(`${running.ws}/ws/new`)));
  for (const [at, client] of clients.entries()) client.send({ type: "hello", name: "x", token: `ticket ${at}` });
  await eventually(() => expect(application.asked).toHaveLength(2));
  for (const response of open) json(ada)(response);
  application.answer = json(ada);
  for (const client of clients) await client.frame("welcome");
  for (const client of clients) client[Symbol.dispose]();
});

test("WHO2 a turn that does not come in time, or that too many wait for, is given up", async () => {
  const turns = new Turns({ atOnce: 1, waitMs: -1 });
  const held = Promise.withResolvers<void>();
  const first = turns.take(() => held.promise);
  const waiting = Array.from({ length: 21 }, () => turns.take(async () => {}));
  held.resolve();
  await first;
  const results = await Promise.allSettled(waiting);
  expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 21 }, () => "rejected"));
  expect(String((results[20] as PromiseRejectedResult).reason)).toContain("too many wait");
  await turns.take(async () => {});
});

test("WHO2 the configuration needs where to ask, and a secret to sign with", () => {
  const load = (env: Record<string, string>) => () => loadConfig({ env: { LASTBEAT_USERS_MODE: "webhook", ...env } });
  expect(load({})).toThrow("users.webhook.url");
  expect(load({ LASTBEAT_USERS_WEBHOOK_URL: "https://app.example.com/hello" })).toThrow("users.webhook.secret");
  expect(load({ LASTBEAT_USERS_WEBHOOK_URL: "http://app.example.com/hello" })).toThrow("https:");
});
