/** All sessions of one user, as operators and programs see and end them. */
import { expect, test } from "vitest";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { SECRET, signed } from "./testing/tokens.ts";

const env = { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET: SECRET };

async function enter(running: TestServer, sub: string): Promise<TestClient> {
  const client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "x", token: await signed({ sub }) });
  await client.frame("welcome");
  return client;
}

test("WHO1 all sessions of a user are listed, and ended together, whatever else is in the id", async () => {
  const id = "auth0|7/é?";
  await using running = await startTestServer({ env });
  const cookie = await running.signIn();
  const [one, two, other] = [await enter(running, id), await enter(running, id), await enter(running, "user-8")];
  using _other = other;
  const listed = await (await fetch(`${running.http}/api/sessions?userId=${encodeURIComponent(id)}`)).json();
  expect(listed).toMatchObject({ total: 2, sessions: [{ userId: id }, { userId: id }] });
  const path = `${running.http}/api/users/${encodeURIComponent(id)}/sessions`;
  expect((await fetch(path, { method: "DELETE" })).status).toBe(401);
  const answer = await fetch(path, {
    method: "DELETE",
    headers: { cookie, "content-type": "application/json" },
    body: '{"note":"stolen phone"}',
  });
  expect([answer.status, await answer.json()]).toEqual([200, { ended: 2 }]);
  expect([(await one.closed).code, (await two.closed).code]).toEqual([4503, 4503]);
  const ends = running.store.ledger.entries().filter(({ ended }) => ended !== null);
  expect(ends.map(({ opened, ended }) => [opened.userId, ended?.reason, ended?.note])).toEqual([
    [id, "ended_by_operator", "stolen phone"],
    [id, "ended_by_operator", "stolen phone"],
  ]);
  expect(running.server.services.keeper.stats().active).toBe(1);
  await using operator = stockClient(running, cookie);
  await operator.trpc.session.open.mutate({ name: "Olga", kind: "admin" });
  expect(await operator.trpc.sessions.endAllOf.mutate({ userId: "user-8" })).toEqual({ ended: 1 });
  expect(await operator.trpc.sessions.endAllOf.mutate({ userId: "nobody" })).toEqual({ ended: 0 });
});
