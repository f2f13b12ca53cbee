/** Subscriptions frame by frame: what the stock client never sends, a foreign one may. */
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { trpcLimits } from "./trpcSocket.ts";

const subscription = (id: number, path: string) => ({ id, method: "subscription", params: { path } });
const stop = (id: number) => ({ id, method: "subscription.stop" });

const typesOf = (client: TestClient, id: number) =>
  client.frames
    .filter((frame) => frame.id === id)
    .map(({ result, error }) => (result as { type: string } | undefined)?.type ?? error);

/** An operator's client whose session is open; its call to open it has the id 1. */
async function openOperator(running: TestServer): Promise<TestClient> {
  const client = await TestClient.connect(`${running.ws}/trpc`, { cookie: await running.signIn() });
  const input = { name: "operator", kind: "admin" };
  client.send({ id: 1, method: "mutation", params: { path: "session.open", input } });
  await eventually(() => expect(typesOf(client, 1)).toHaveLength(1));
  return client;
}

/** Makes an event that goes to every subscription of `session.events`. */
function tellPaused(running: TestServer): void {
  for (const session of running.server.services.keeper.sessions()) session.socket?.notify({ type: "paused" });
}

const duplicate = { code: -32_600, message: expect.stringMatching(/\bid\b.*\b2$/) };

test("SES4 a second subscription with the same id is refused; the first continues and receives every event once", async () => {
  await using running = await startTestServer();
  using client = await openOperator(running);
  client.send(subscription(2, "session.events"));
  client.send(subscription(2, "session.events"));
  client.send(subscription(2, "system.overviewFeed"));
  await eventually(() => expect(typesOf(client, 2)).toHaveLength(3));
  expect(typesOf(client, 2)).toEqual(["started", expect.objectContaining(duplicate), expect.objectContaining(duplicate)]);
  tellPaused(running);
  client.send({ id: 7, method: "query", params: { path: "auth.me" } });
  await eventually(() => expect(typesOf(client, 7)).toHaveLength(1));
  expect(typesOf(client, 2).slice(3)).toEqual(["data"]);
});

test("SES4 an id that another subscription than session.events has is refused too", async () => {
  await using running = await startTestServer();
  using client = await openOperator(running);
  client.send(subscription(2, "system.overviewFeed"));
  await eventually(() => expect(typesOf(client, 2)).toContain("data"));
  client.send(subscription(2, "session.events"));
  await eventually(() => expect(typesOf(client, 2)).toContainEqual(expect.objectContaining(duplicate)));
});

test("CLT3 a subscription to session.events that is stopped is told so, hears no more, and leaves its id free", async () => {
  await using running = await startTestServer();
  using client = await openOperator(running);
  client.send(subscription(2, "session.events"));
  client.send(subscription(3, "session.events"));
  client.send(stop(2));
  await eventually(() => expect(typesOf(client, 2)).toEqual(["started", "stopped"]));
  tellPaused(running);
  await eventually(() => expect(typesOf(client, 3)).toEqual(["started", "data"]));
  expect(typesOf(client, 2)).toEqual(["started", "stopped"]);
  client.send(subscription(2, "session.events"));
  await eventually(() => expect(typesOf(client, 2)).toEqual(["started", "stopped", "started"]));
});

test("CLT3 a subscription to a feed that is stopped is told so, and leaves its id free", async () => {
  await using running = await startTestServer();
  using client = await openOperator(running);
  client.send(subscription(2, "system.overviewFeed"));
  await eventually(() => expect(typesOf(client, 2)).toContain("data"));
  client.send(stop(2));
  await eventually(() => expect(typesOf(client, 2).at(-1)).toBe("stopped"));
  client.send(subscription(2, "system.overviewFeed"));
  await eventually(() => expect(typesOf(client, 2).at(-1)).toBe("data"));
});

test("CLT3 feeds that were stopped do not count among the subscriptions that a client may have", async () => {
  await using running = await startTestServer();
  using client = await openOperator(running);
  const more = Array.from({ length: 2 * trpcLimits.subscriptions }, (_, at) => at + 10);
  for (const id of more) {
    client.send(subscription(id, "system.overviewFeed"));
    await eventually(() => expect(typesOf(client, id)).toContain("data"));
    client.send(stop(id));
    await eventually(() => expect(typesOf(client, id).at(-1)).toBe("stopped"));
  }
});
