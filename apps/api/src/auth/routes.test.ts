import { expect, test } from "vitest";
import { startTestServer } from "../testing/testServer.ts";

const tellsOfSignIns = (line: string) => line.startsWith("warn Refused a sign-in");

test("OPS3 WEB4 thousands of guessed links are told to wait, and do not flood the log", async () => {
  await using running = await startTestServer();
  const statuses: number[] = [];
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`${running.http}/admin/sign-in?token=guess${tries}`);
    statuses.push(response.status);
    if (response.status === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await response.body?.cancel();
  }
  expect(statuses.slice(0, 9)).toEqual(Array(9).fill(403));
  expect(statuses.slice(9)).toContain(429);
  const told = running.lines.filter(tellsOfSignIns);
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(200);
});

test("WEB4 the right link works from an address that has to wait", async () => {
  await using running = await startTestServer();
  for (let tries = 0; tries < 12; tries += 1) await fetch(`${running.http}/admin/sign-in?token=guess${tries}`);
  const cookie = await running.signIn();
  expect((await fetch(`${running.http}/api/sessions`, { headers: { cookie } })).status).toBe(200);
});

test("WEB4 guessed tokens are told to wait, and the right one works even so", async () => {
  await using running = await startTestServer();
  const { token } = await running.server.services.tokens.create("reader", ["read"]);
  const ask = (given: string) => fetch(`${running.http}/api/sessions`, { headers: { authorization: `Bearer ${given}` } });
  for (let tries = 0; tries < 9; tries += 1) expect((await ask(`lb_guess${tries}`)).status).toBe(401);
  const refused = await ask("lb_guess");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toEqual({
    error: { code: "too_many_attempts", message: "too many attempts; try again in 1 s" },
  });
  expect((await ask(token)).status).toBe(200);
});

test("WEB4 a scanner's HEAD requests for a link count for nothing", async () => {
  await using running = await startTestServer();
  for (let tries = 0; tries < 30; tries += 1)
    expect((await fetch(`${running.http}/admin/sign-in?token=x`, { method: "HEAD" })).status).toBe(403);
  expect((await fetch(`${running.http}/admin/sign-in?token=x`)).status).toBe(403);
});

test("OPS3 thousands of refused batches do not flood the log", async () => {
  await using running = await startTestServer();
  const paths = (count: number, name: string) => Array.from({ length: count }, () => name).join(",");
  for (let tries = 0; tries < 100; tries += 1) {
    for (const batch of [paths(40, "ends.list"), paths(32, "ends.list"), paths(8, "x".repeat(1_000))])
      await (await fetch(`${running.http}/trpc/${batch}?batch=1`)).text();
  }
  const told = running.lines.filter((line) => line.startsWith("warn Refused a call"));
  expect(told).toHaveLength(50);
  expect([...told, ...running.logFields].join("").length).toBeLessThan(50_000);
});
