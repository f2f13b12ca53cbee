import { expect, it } from "vitest";
import { stockClient } from "./testing/stockClient.ts";
import { startTestServer, TestClient } from "./testing/testServer.ts";

it("OPS3 hundreds of strangers requesting the operator role share one log line", async () => {
  await using running = await startTestServer();
  const ask = async () => {
    using client = await TestClient.connect(`${running.ws}/trpc`);
    client.send({ method: "connectionParams", data: { name: "eve", kind: "admin" } });
    expect((await client.closed).code).toBe(4504);
  };
  for (let round = 0; round < 12; round += 1) await Promise.all(Array.from({ length: 10 }, ask));
  await running.server.close();
  const refused = running.lines.filter((line) => line.includes("role of operator"));
  expect(refused.length).toBeLessThanOrEqual(50);
  expect(running.lines).toContain(`warn ${120 - refused.length} more requests were refused`);
});

it.each([
  ["guests", {}],
  [
    "users of an application",
    { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET: "a secret of at least 32 bytes, it says" },
  ],
])("WHO1 beside %s an operator's session goes by the account's name, whatever the page calls itself", async (_, env) => {
  await using running = await startTestServer({ env });
  await running.server.services.operators.add({ name: "ada", role: "admin", createdBy: "test" });
  const signIn = running.server.services.operators.signIn("ada", { way: "password", address: "127.0.0.1", client: "test" });
  const cookie = running.server.services.auth.cookieFor(signIn, { port: running.server.port, path: "/", secure: false });
  await using page = stockClient(running, cookie.split(";", 1)[0]);
  await page.trpc.session.open.mutate({ name: "operator", kind: "admin" });
  expect(Array.from(running.server.services.keeper.sessions(), ({ user, kind }) => [user, kind])).toEqual([["ada", "admin"]]);
});
