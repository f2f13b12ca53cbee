import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";

const INTERVAL = 30_000;
const PONG = 20_000;
const long = { sessionTimeoutMs: 86_000_000, idleWarningMs: 0, resumeGraceMs: 60_000 };

it("MET1 each heartbeat is counted once: as sent, answered, missed or the client's own", async () => {
  const { keeper, clock, join } = createTestBench({ settings: long });
  const { connection } = await join({ mute: true });
  await clock.advanceAsync(INTERVAL, 1_000);
  expect(keeper.stats().totals).toMatchObject({ opened: 1, heartbeatsSent: 1, heartbeatsAnswered: 0, heartbeatsMissed: 0 });
  connection.received(4);
  connection.received(4);
  expect(keeper.stats().totals).toMatchObject({ heartbeatsSent: 1, heartbeatsAnswered: 1, suspicions: 0 });
  await clock.advanceAsync(INTERVAL + 2 * PONG, 1_000);
  expect(keeper.stats().totals).toMatchObject({ heartbeatsSent: 4, heartbeatsMissed: 2, suspicions: 1, suspicionsRefuted: 0 });
  connection.received(4);
  expect(keeper.stats().totals).toMatchObject({
    heartbeatsAnswered: 2,
    heartbeatsMissed: 2,
    suspicions: 1,
    suspicionsRefuted: 1,
  });
});

it("MET1 a client that beats by itself costs no heartbeat sent, and its beats are counted once per interval", async () => {
  const { keeper, clock, join } = createTestBench({ settings: long });
  const { connection } = await join({ beats: "client", mute: true });
  for (let beats = 0; beats < 3; beats += 1) {
    await clock.advanceAsync(INTERVAL, 1_000);
    connection.received(4);
  }
  await clock.advanceAsync(INTERVAL / 2, 1_000);
  expect(keeper.stats().totals).toMatchObject({ heartbeatsSent: 0, heartbeatsAnswered: 0, heartbeatsFromClients: 3 });
});

it("MET1 a resource that fails to be released is counted", async () => {
  const { keeper, clock, join } = createTestBench();
  const { session } = await join();
  session.own("door", {
    [Symbol.dispose]() {
      throw new Error("stuck");
    },
  });
  session.own("window", { [Symbol.dispose]: () => {} });
  const ended = session.end();
  await clock.advanceAsync(100);
  await ended;
  expect(keeper.stats().totals.releasesFailed).toBe(1);
});

it("MET1 admin sessions are counted per state beside all sessions", async () => {
  const { keeper, clock, join } = createTestBench();
  await join();
  const { session } = await join({ kind: "admin" });
  expect(keeper.stats()).toMatchObject({ active: 2, admins: { active: 1, ending: 0 }, waitingForHello: 0 });
  const ended = session.end();
  await clock.advanceAsync(100);
  await ended;
  expect(keeper.stats()).toMatchObject({ active: 1, admins: { active: 0, ending: 0 } });
});
