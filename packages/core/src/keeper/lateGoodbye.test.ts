/**
 * What the last connection of a suspended session still reports: a goodbye counts, an answer to our own close does not (rule
 * SES5).
 */
import { describe, expect, it } from "vitest";
import { type Client, createTestBench, type TestBench } from "../testing/bench.ts";
import type { Connection } from "./types.ts";

const settings = { resumeGraceMs: 600_000, sessionTimeoutMs: 3_600_000 };

async function unreachable(): Promise<TestBench & { client: Client }> {
  const bench = createTestBench({ settings });
  const client = await bench.join({ mute: true });
  await bench.waitWhile(() => client.session.state === "active");
  expect(client.session.state).toBe("suspended");
  return { ...bench, client };
}

async function brokenSend(): Promise<TestBench & { client: Client }> {
  const bench = createTestBench({ settings });
  const client = await bench.join();
  client.connection.failed(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  expect(client.session.state).toBe("suspended");
  return { ...bench, client };
}

const goodbyes: [string, (connection: Connection) => void][] = [
  ["a goodbye", (connection) => connection.goodbye()],
  ["a close frame with 1000", (connection) => connection.closed(1000, "bye")],
  ["a close frame with 1001, as from a page that is left", (connection) => connection.closed(1001, "")],
];

describe.each([
  ["unreachable", unreachable],
  ["lost by a failed send", brokenSend],
])("SES5 after a session was %s", (_, suspend) => {
  it.each(goodbyes)("SES5 %s that arrives late ends it as client_left", async (_, leave) => {
    const { client, ledger, clock, story } = await suspend();
    leave(client.connection);
    expect(client.session.state).toBe("ending");
    await clock.advanceAsync(200);
    expect(ledger.entry(client.session.id)?.ended).toMatchObject({ reason: "client_left", resumeExpired: false, detectionMs: 0 });
    expect(story(client.session.id)).toContain("suspended");
  });

  it("SES5 an answer to our own close frame, or a close without one, leaves it suspended", async () => {
    for (const code of ["ours", 1005, 1006] as const) {
      const { client } = await suspend();
      const sent = client.socket.closedWith?.code ?? 0;
      client.connection.closed(code === "ours" ? sent : code, "");
      expect(client.session.state).toBe("suspended");
    }
  });

  it.each(goodbyes)("SES3 %s of an older connection leaves it suspended", async (_, leave) => {
    const { client, connect } = await suspend();
    const { connection: next } = connect();
    await next.hello({ user: "ada", resume: { sessionId: client.session.id, token: client.token } });
    next.closed(1006, "");
    expect(client.session.state).toBe("suspended");
    leave(client.connection);
    expect(client.session.state).toBe("suspended");
  });
});

it("CLT1 the close code tells a client to reconnect whose connection only the server believes lost", async () => {
  const { client } = await brokenSend();
  expect(client.socket.closedWith?.code).toBe(1011);
});
