import { eventually } from "@lastbeat/support/eventually";
import { expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import { sampleSecret, startReceiver, status } from "../webhooks/testing/receiver.ts";
import { cli } from "./testing/cliRun.ts";

test("WHK6 webhooks are listed, what was given up too, and sent again", async () => {
  await using place = scratch();
  await using receiver = await startReceiver(status(410));
  const written = JSON.stringify([{ name: "crm", url: receiver.url, secret: sampleSecret }]);
  const env = { LASTBEAT_WEBHOOKS: written, LASTBEAT_LEDGER_FILE: place.file };
  const store = await place.open({ webhooks: loadConfig({ env }).webhooks });
  await using server = await startTestServer({ env, store });
  const { token } = await server.server.services.tokens.create("deploy", ["webhooks:read", "webhooks:write"]);
  const ask = (...args: string[]) => cli([...args, "--url", server.http, "--token", token]);

  expect(await ask("webhooks", "dead", "crm")).toEqual({ code: 0, out: "Nothing was given up.\n", err: [] });
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name: "Ada" });
  const { sessionId } = await client.frame("welcome");
  client.socket.close(1_000);
  const dead = await eventually(async () => {
    const page = JSON.parse((await ask("webhooks", "dead", "crm", "--format", "json")).out);
    expect(page.deliveries).toHaveLength(1);
    return page.deliveries[0] as { readonly id: number };
  });
  expect((await ask("webhooks")).out).toMatch(/^WEBHOOK .*\ncrm +http:\/\/127\.0\.0\.1:\d+ +0 +– +0 +1 +1 .*answered 410\n$/);
  expect((await ask("webhooks", "dead", "crm")).out).toMatch(
    new RegExp(`\\n${dead.id} .* client_left +Ada +${String(sessionId)} .*`),
  );
  receiver.answer = status(204);
  expect(await ask("webhooks", "resend", "crm", "--ids", String(dead.id))).toMatchObject({ out: "1 delivery is sent again\n" });
  expect(await ask("webhooks", "resend", "crm")).toMatchObject({ code: 0, out: "0 deliveries are sent again\n" });
  await eventually(() => expect(receiver.received).toHaveLength(2));
  expect(server.lines).toContain("info Webhook crm: what was given up is sent again");

  expect(await ask("webhooks", "dead", "nope")).toMatchObject({ code: 2, err: ["lastbeat: no such webhook: nope"] });
  expect(await ask("webhooks", "resend", "crm", "--ids", "x")).toMatchObject({ code: 2 });
  expect(await ask("webhooks", "crm")).toMatchObject({ code: 2 });
});

test("WHK6 a server without webhooks says so", async () => {
  await using server = await startTestServer();
  expect(await cli(["webhooks", "--url", server.http])).toEqual({ code: 0, out: "No webhook is configured.\n", err: [] });
});
