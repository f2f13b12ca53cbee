import { expect, test } from "vitest";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

async function hello(running: TestServer, fields: object) {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", ...fields });
  return { client, answer: await client.anyFrame(), [Symbol.dispose]: () => client[Symbol.dispose]() };
}

const paul = { name: "Paul", room: "one", browser: "of Paul" };

test("NAM2 nobody enters a room by a hello under a name that looks like another's", async () => {
  await using running = await startTestServer();
  using _ = await hello(running, paul);
  using mallory = await hello(running, { name: "PauI", room: "one", browser: "of Mallory" });
  expect(mallory.answer).toMatchObject({ message: expect.stringContaining("looks like yours") });
  expect((await mallory.client.closed).code).toBe(4504);
  using elsewhere = await hello(running, { name: "PauI", room: "two", browser: "of Mallory" });
  expect(elsewhere.answer).toMatchObject({ type: "welcome", room: "two" });
  elsewhere.client.send({ type: "chat.join", room: "one" });
  expect(await elsewhere.client.frame("error")).toMatchObject({ code: "conflict" });
});

test("NAM2 one name is no look-alike: another tab, another person, another case", async () => {
  await using running = await startTestServer();
  using _ = await hello(running, paul);
  for (const fields of [paul, { ...paul, browser: "of another Paul" }, { ...paul, name: "PAUL" }]) {
    using other = await hello(running, fields);
    expect(other.answer).toMatchObject({ type: "welcome", room: "one" });
  }
});

test("NAM2 a name is free again when the last who looked so has left", async () => {
  await using running = await startTestServer();
  using first = await hello(running, paul);
  using second = await hello(running, paul);
  for (const { client } of [first, second]) {
    client.send({ type: "goodbye" });
    await client.closed;
  }
  using other = await hello(running, { name: "PauI", room: "one" });
  expect(other.answer).toMatchObject({ type: "welcome", room: "one" });
});

test("NAM2 a session that is resumed brings its own name, whatever its hello says", async () => {
  await using running = await startTestServer({ settings: { resumeGraceMs: 60_000 } });
  using _ = await hello(running, paul);
  using mallory = await hello(running, { name: "PauI", room: "two" });
  const { sessionId, resumeToken: token } = mallory.answer as { sessionId: string; resumeToken: string };
  using back = await hello(running, { name: "Zed", room: "one", resume: { sessionId, token } });
  expect(back.answer).toMatchObject({ type: "welcome", room: null });
});

test("NAM2 an operator, who has signed in, may have any name", async () => {
  await using running = await startTestServer();
  using _ = await hello(running, paul);
  await using operator = stockClient(running, await running.signIn());
  await operator.trpc.session.open.mutate({ name: "PauI", kind: "admin", room: "one" });
  expect(await operator.trpc.chat.join.mutate({ room: "one" })).toMatchObject({ room: "one", total: 2 });
});
