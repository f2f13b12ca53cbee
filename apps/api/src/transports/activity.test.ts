/** Which requests show a person at work, and which a client's machinery sends by itself. */
import { randomUUID } from "node:crypto";
import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { appRouter } from "../routers/index.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";

/** What moved the idle deadline of the only session last. */
function movedBy({ server }: TestServer): string | undefined {
  const { keeper } = server.services;
  const [session] = keeper.sessions();
  if (session === undefined) throw new Error("no session");
  return keeper.explain(session.id)?.find(({ kind }) => kind === "idle")?.movedBy;
}

const room = "general";
const byMachinery = [
  { type: "chat.join", room },
  { type: "chat.history", room },
  { type: "chat.history", room, beforeSeq: 9 },
];
const byAPerson = [
  { type: "still_here" },
  { type: "chat.typing" },
  { type: "chat.send", id: randomUUID(), text: "hello" },
  { type: "chat.join", room: "elsewhere" },
];

test.each(byMachinery)("TO1 on the JSON socket %j is no activity", async (frame) => {
  await using running = await startTestServer();
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room });
  await client.frame("welcome");
  client.send({ ...frame, ref: 1 });
  await client.frame(frame.type === "chat.join" ? "chat.joined" : "chat.history");
  expect(movedBy(running)).toBe("opening");
});

test.each(byAPerson)("TO1 on the JSON socket %j is activity", async (frame) => {
  await using running = await startTestServer();
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room });
  await client.frame("welcome");
  client.send(frame);
  await eventually(() => expect(movedBy(running)).toBe("something the user did"));
});

test("TO1 over tRPC, rejoining and fetching history are no activity, but user actions are", async () => {
  await using running = await startTestServer();
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room });
  await client.frame("welcome");
  const { services } = running.server;
  const [session] = services.keeper.sessions();
  if (session === undefined) throw new Error("no session");
  const api = appRouter.createCaller({ services, link: null, session, connectionParams: null, address: "", signIn: null });
  await api.chat.join({ room });
  await api.chat.history({ room, beforeSeq: 9 });
  expect(movedBy(running)).toBe("opening");
  await api.chat.join({ room: "elsewhere" });
  expect(movedBy(running)).toBe("something the user did");
});

test("TO1 a message rejected as malformed is no activity, over either protocol", async () => {
  await using running = await startTestServer();
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada", room });
  await client.frame("welcome");
  client.send({ type: "chat.send", id: "no uuid", text: "hello" });
  expect(await client.frame("error")).toMatchObject({ code: "bad_request" });
  expect(movedBy(running)).toBe("opening");
  const { services } = running.server;
  const [session = null] = services.keeper.sessions();
  const api = appRouter.createCaller({ services, link: null, session, connectionParams: null, address: "", signIn: null });
  await expect(api.chat.send({ id: "no uuid", text: "hello" })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect(movedBy(running)).toBe("opening");
  await api.chat.send({ id: randomUUID(), text: "hello" });
  expect(movedBy(running)).toBe("something the user did");
});
