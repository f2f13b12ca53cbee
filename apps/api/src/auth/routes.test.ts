import { expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";

test("OPS3 thousands of refused sign-ins do not flood the log", async () => {
  await using running = await startTestServer();
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`${running.http}/admin/sign-in?token=guess${tries}`);
    expect(response.status).toBe(403);
    await response.body?.cancel();
  }
  const told = () => running.lines.filter((line) => line.startsWith("warn Refused a sign-in"));
  expect(told().length).toBeGreaterThan(0);
  expect(told().length).toBeLessThan(200);
});
