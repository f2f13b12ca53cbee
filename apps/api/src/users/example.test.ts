/** The example of docs/OPERATIONS.md as a stranger runs it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "@lastbeat/support/eventually";
import { projectRoot } from "@lastbeat/tools/processes";
import { expect, test } from "vitest";
import { startTestServer, TestClient } from "../testing/testServer.ts";
import { SECRET } from "./testing/tokens.ts";

test("WHO2 WHO4 the example signs its user in to the chat, for the rooms it names", async () => {
  await using running = await startTestServer({
    env: { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET: SECRET, LASTBEAT_USERS_JWT_ROOMS_CLAIM: "rooms" },
  });
  const program = spawn(process.execPath, ["examples/users/server.ts"], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, CHAT_SECRET: SECRET, CHAT_URL: running.http, PORT: "0" },
  });
  await using _ = {
    async [Symbol.asyncDispose]() {
      program.kill();
      await once(program, "exit");
    },
  };
  let printed = "";
  program.stdout.on("data", (data: Buffer) => {
    printed += data.toString();
  });
  const port = await eventually(() => /port: (\d+)/.exec(printed)?.[1] ?? Promise.reject(new Error(`no port yet: ${printed}`)));
  const get = (path: string, cookie = "") =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", headers: { cookie } });
  expect((await get("/")).headers.get("location")).toBe("/sign-in");
  const cookie = (await get("/sign-in")).headers.get("set-cookie") ?? "";
  const chat = new URL((await get("/chat", cookie)).headers.get("location") ?? "");
  expect([chat.origin, chat.pathname]).toEqual([running.http, "/r/general"]);
  const token = new URLSearchParams(chat.hash.slice(1)).get("token");
  using client = await TestClient.connect(`${running.ws}/ws/new`);
  client.send({ type: "hello", name: "x", token, room: "general" });
  expect(await client.frame("welcome")).toMatchObject({ room: "general" });
  expect([...running.server.services.keeper.sessions()][0]).toMatchObject({ user: "Ada", userId: "user-1" });
  client.send({ type: "chat.join", room: "other" });
  expect(await client.frame("error")).toMatchObject({ code: "forbidden" });
  client.send({ type: "renew", token: await (await get("/chat-token", cookie)).text() });
  await client.frame("renewed");
});
