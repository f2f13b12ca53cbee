import { expect, it } from "vitest";
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
