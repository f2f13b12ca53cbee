/** Tokens that expire while their sessions go on. */
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { EXPIRY_GRACE_MS } from "./expiries.ts";
import { inSeconds, SECRET, signed } from "./testing/tokens.ts";

const env = { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET: SECRET, LASTBEAT_USERS_JWT_ROOMS_CLAIM: "rooms" };

async function join({ ws }: TestServer, token: string): Promise<TestClient> {
  const client = await TestClient.connect(`${ws}/ws/new`);
  client.send({ type: "hello", name: "x", token, room: "one" });
  await client.frame("welcome");
  return client;
}

const rooms = ["one", "two"];

/** Lets the server see that this much time has passed for tokens. */
const pass = ({ server }: TestServer, seconds: number) =>
  server.services.users.expiries.check(performance.now() + seconds * 1_000);

test("WHO3 a client is asked for a fresh token a minute before, and the session ends some seconds after the old one has expired", async () => {
  await using running = await startTestServer({ env });
  using client = await join(running, await signed({ rooms, exp: inSeconds(300) }));
  pass(running, 200);
  expect(client.frames.filter(({ type }) => type === "token_expiring")).toEqual([]);
  pass(running, 242);
  expect((await client.frame("token_expiring")).expiresInMs).toBeGreaterThan(290_000);
  pass(running, 299 + EXPIRY_GRACE_MS / 1_000);
  client.send({ type: "ping" });
  await client.frame("pong");
  pass(running, 302 + EXPIRY_GRACE_MS / 1_000);
  expect((await client.closed).code).toBe(4504);
  expect(await client.frame("ending")).toMatchObject({ reason: "unauthorized", detail: expect.stringContaining("expired") });
});

test("WHO3 a fresh token of the same user is taken over both protocols, and no other", async () => {
  await using running = await startTestServer({ env });
  using client = await join(running, await signed({ rooms }));
  const fresh = await signed({ rooms, exp: inSeconds(3_000) });
  client.send({ type: "renew", ref: 1, token: await signed({ rooms, sub: "user-8" }) });
  expect(await client.frame("error")).toMatchObject({ code: "forbidden", request: "renew", ref: 1 });
  client.send({ type: "renew", ref: 2, token: fresh });
  const renewed = await client.frame("renewed");
  expect(renewed.ref).toBe(2);
  expect(renewed.expiresInMs).toBeGreaterThan(2_900_000);
  await using stock = stockClient(running);
  await stock.trpc.session.open.mutate({ name: "x", token: await signed({ rooms }) });
  await expect(stock.trpc.session.renew.mutate({ token: "stale" })).rejects.toMatchObject({ data: { code: "FORBIDDEN" } });
  expect((await stock.trpc.session.renew.mutate({ token: fresh })).expiresInMs).toBeGreaterThan(2_900_000);
  pass(running, 400);
  expect(running.server.services.keeper.stats().active).toBe(2);
});

test("WHO3 a token replayed after its expiry opens nothing", async () => {
  let nowMs = Date.now();
  await using running = await startTestServer({ env, now: () => nowMs });
  const token = await signed({ rooms });
  using client = await join(running, token);
  nowMs += 400_000;
  using thief = await TestClient.connect(`${running.ws}/ws/new`);
  thief.send({ type: "hello", name: "x", token });
  expect((await thief.closed).code).toBe(4504);
  client.send({ type: "renew", token });
  expect(await client.frame("error")).toMatchObject({ code: "forbidden" });
});

test("WHO4 only the token's rooms can be entered, read and written to, and a fresh token may close them", async () => {
  await using running = await startTestServer({ env });
  using client = await join(running, await signed({ rooms: ["one", "team-*"] }));
  const asked: object[] = [
    { type: "chat.join", room: "two" },
    { type: "chat.history", room: "two" },
    { type: "chat.join", room: "team" },
  ];
  for (const [ref, frame] of asked.entries()) {
    client.send({ ...frame, ref });
    await eventually(() => expect(client.frames.find((got) => got.ref === ref)).toMatchObject({ code: "forbidden" }));
  }
  client.send({ type: "chat.join", room: "team-red", ref: "red" });
  expect((await client.frame("chat.joined")).room).toBe("team-red");
  client.send({ type: "renew", token: await signed({ rooms: ["one"] }) });
  await client.frame("renewed");
  client.send({ type: "chat.send", id: crypto.randomUUID(), text: "still here?", ref: "send" });
  await eventually(() => expect(client.frames.find(({ ref }) => ref === "send")).toMatchObject({ code: "bad_request" }));
  using other = await TestClient.connect(`${running.ws}/ws/new`);
  other.send({ type: "hello", name: "x", token: await signed({ rooms }), room: "three" });
  expect((await other.closed).code).toBe(4504);
  for (const wrong of [undefined, "one", [1], ["One!"], Array.from({ length: 101 }, () => "a")]) {
    using bad = await TestClient.connect(`${running.ws}/ws/new`);
    bad.send({ type: "hello", name: "x", token: await signed({ rooms: wrong }) });
    expect((await bad.frame("error")).message).toContain("claim rooms");
  }
});
