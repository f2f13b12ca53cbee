import { createHmac } from "node:crypto";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../config.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { type Receiver, sampleSecret, startReceiver, status } from "./testing/receiver.ts";

/** Configures webhooks to these URLs, as the environment does. */
const written = (urls: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(urls).map(([name, url]) => ({ name, url, secret: sampleSecret })));

async function serverTelling(place: Scratch, urls: Readonly<Record<string, string>>): Promise<TestServer> {
  const env = { LASTBEAT_WEBHOOKS: written(urls), LASTBEAT_LEDGER_FILE: place.file };
  const { webhooks } = loadConfig({ env });
  return startTestServer({ env, store: await place.open({ webhooks }) });
}

/** Opens a session, and returns its id and how to leave. */
async function visit(server: { readonly ws: string }): Promise<{ readonly id: string; leave(): void }> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada" });
  const { sessionId } = await client.frame("welcome");
  return { id: String(sessionId), leave: () => client.socket.close(1_000) };
}

const told = ({ received }: Receiver) => received.map(({ messageId }) => messageId);

describe("webhooks of a server", () => {
  it("WHK2 WHK5 tell the end of a session, signed, and the page how it went", async () => {
    await using place = scratch();
    await using receiver = await startReceiver();
    await using server = await serverTelling(place, { crm: receiver.url });
    const { id, leave } = await visit(server);
    leave();
    await eventually(() => expect(told(receiver)).toEqual([`${id}.ended`]));
    const [{ signature, body } = { signature: "", body: "" }] = receiver.received;
    const [, seconds = "", hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(hex).toBe(createHmac("sha256", sampleSecret).update(`${seconds}.${body}`).digest("hex"));
    expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(60);
    expect(JSON.parse(body)).toEqual({
      id: `${id}.ended`,
      type: "session.ended",
      end: await server.server.services.store.ends.get(id),
    });
    const { webhooks } = server.server.services;
    await eventually(async () => {
      expect(await webhooks.list()).toMatchObject([
        { name: "crm", url: new URL(receiver.url).origin, waiting: 0, delivered: 1, failed: 0, dead: 0, failingSinceMs: null },
      ]);
    });
  });

  it("WHK3 WHK6 one that was given up is listed, and told when it is sent again", async () => {
    await using place = scratch();
    await using receiver = await startReceiver(status(410));
    await using server = await serverTelling(place, { crm: receiver.url });
    const { webhooks } = server.server.services;
    const { id, leave } = await visit(server);
    leave();
    await eventually(async () => {
      const { deliveries } = await webhooks.dead("crm", { limit: 10 });
      expect(deliveries).toMatchObject([
        { sessionId: id, user: "Ada", reason: "client_left", attempts: 1, error: "answered 410" },
      ]);
    });
    receiver.answer = status(200);
    expect(await webhooks.resend("crm", null, "Ada")).toBe(1);
    await eventually(async () => expect(await webhooks.list()).toMatchObject([{ delivered: 1, dead: 0, waiting: 0 }]));
    expect(told(receiver)).toEqual([`${id}.ended`, `${id}.ended`]);
    await expect(webhooks.dead("other", { limit: 1 })).rejects.toThrow("no such webhook: other");
  });

  it("WHK7 a receiver that is down holds up neither another one nor a session", async () => {
    await using place = scratch();
    await using receiver = await startReceiver();
    await using silent = await startReceiver(() => {});
    await using server = await serverTelling(place, { silent: silent.url, crm: receiver.url });
    const visits = await Promise.all(Array.from({ length: 9 }, () => visit(server)));
    for (const { leave } of visits) leave();
    await eventually(() => expect(told(receiver).toSorted()).toEqual(visits.map(({ id }) => `${id}.ended`).toSorted()));
    const { id, leave } = await visit(server);
    leave();
    await eventually(() => expect(told(receiver)).toContain(`${id}.ended`));
    expect(silent.received.length).toBeLessThanOrEqual(8);
  });

  it("WHK1 the ends of a stop are told before it is over, and the others after the next start", async () => {
    await using place = scratch();
    await using receiver = await startReceiver();
    await using refusing = await startReceiver(status(503));
    const urls = { crm: receiver.url, other: refusing.url };
    const first = await serverTelling(place, urls);
    const { id } = await visit(first);
    await first[Symbol.asyncDispose]();
    expect(told(receiver)).toEqual([`${id}.ended`]);
    refusing.answer = status(200);
    await using second = await serverTelling(place, urls);
    await eventually(async () =>
      expect((await second.server.services.webhooks.list()).map(({ waiting }) => waiting)).toEqual([0, 0]),
    );
    expect(told(refusing)).toContain(`${id}.ended`);
    expect(told(receiver)).toEqual([`${id}.ended`]);
  });

  it("WHK6 a webhook that is no longer configured is shown with what it left, and nothing is posted", async () => {
    await using place = scratch();
    await using receiver = await startReceiver(status(500));
    const first = await serverTelling(place, { former: receiver.url });
    (await visit(first)).leave();
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(0));
    await first[Symbol.asyncDispose]();
    receiver.received.length = 0;
    await using second = await serverTelling(place, { crm: receiver.url });
    expect(await second.server.services.webhooks.list()).toMatchObject([
      { name: "crm", waiting: 0 },
      { name: "former", url: null, waiting: 1 },
    ]);
    expect(receiver.received).toEqual([]);
  });

  it("WHK1 WHK8 after kill -9 of the real server the next start tells the end; its output holds neither secret nor path", async () => {
    await using place = scratch();
    await using receiver = await startReceiver();
    const env = { LASTBEAT_LEDGER_FILE: place.file, LASTBEAT_WEBHOOKS: written({ crm: `${receiver.url}/private` }) };
    await using first = await startScratchServer(env);
    const { id } = await visit(first);
    await first.process.end("SIGKILL");
    await using second = await startScratchServer(env);
    await eventually(() => expect(told(receiver)).toEqual([`${id}.ended`]));
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ end: { reason: "server_crashed", tier: "recovery" } });
    expect(await second.stop()).toBe(0);
    expect(first.output() + second.output()).not.toMatch(/secret|private/);
  });
});
