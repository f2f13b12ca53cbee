/** Every metric counts what it says it counts: one real server, to which everything happens that is counted. */
import { connect } from "node:net";
import { eventually } from "@lastbeat/support/eventually";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { directWriter, openedOp } from "../ledger/testing/directWriter.ts";
import { type Scratch, scratch } from "../ledger/testing/scratchStore.ts";
import { parseExposition } from "../testing/exposition.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { sampleSecret, startReceiver, status } from "../webhooks/testing/receiver.ts";

const settings = {
  heartbeatIntervalMs: 400,
  heartbeatPongTimeoutMs: 200,
  heartbeatMaxFailures: 5,
  resumeGraceMs: 60_000,
  chatCallBurst: 3,
  chatCallRate: 1,
  maxSessions: 100,
};
const by = { name: "Ada", address: "127.0.0.1" };

/** Scrapes, and remembers the highest value that each metric had. */
class Watch {
  readonly highest = new Map<string, number>();
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
  }

  async scrape(): Promise<void> {
    const { families } = parseExposition(await this.#server.server.services.metrics.text());
    for (const [name, { samples }] of families)
      this.highest.set(name, Math.max(this.highest.get(name) ?? 0, ...samples.map(({ value }) => value)));
  }

  /** Metrics that were never above zero. */
  silent(): string[] {
    return this.#server.server.services.metrics.names().filter((name) => !((this.highest.get(name) ?? 0) > 0));
  }

  /** Waits until these were above zero. */
  async until(...names: readonly string[]): Promise<void> {
    await eventually(async () => {
      await this.scrape();
      const silent = this.silent();
      expect(names.filter((name) => silent.includes(name))).toEqual([]);
    });
  }
}

interface Guest {
  readonly client: TestClient;
  readonly id: string;
  readonly resume: { readonly sessionId: string; readonly token: string };
}

/** A client with a session; `onBeat` is called with the number of each heartbeat. */
async function join(server: TestServer, hello: object, onBeat: (client: TestClient, beat: number) => void): Promise<Guest> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  let beats = 0;
  client.socket.on("message", (data) => {
    if (String(data) !== '{"type":"heartbeat"}') return;
    beats += 1;
    onBeat(client, beats);
  });
  client.send({ type: "hello", name: "Ada", ...hello });
  const { sessionId, resumeToken } = await client.frame("welcome");
  return { client, id: String(sessionId), resume: { sessionId: String(sessionId), token: String(resumeToken) } };
}

const answers = (client: TestClient) => client.send({ type: "pong" });
const isSilent = () => {};
/** Misses three heartbeats of four, so that it is suspect most of the time. */
const isLate = (client: TestClient, beat: number) => beat % 4 === 0 && answers(client);

async function startServerAfterCrash(place: Scratch, urls: Readonly<Record<string, string>>): Promise<TestServer> {
  {
    using writer = await directWriter(place.file);
    writer.write([openedOp("session_left_open")]);
  }
  const written = Object.entries(urls).map(([name, url]) => ({ name, url, secret: sampleSecret }));
  const env = { LASTBEAT_WEBHOOKS: JSON.stringify(written), LASTBEAT_LEDGER_FILE: place.file };
  const store = await place.open({ webhooks: loadConfig({ env }).webhooks });
  return startTestServer({ env, store, settings, descriptors: { limit: 200, inUse: 100 } });
}

async function heartbeatsAndResumes(server: TestServer, watch: Watch): Promise<void> {
  using waiting = await TestClient.connect(`${server.ws}/ws/new`);
  await watch.until("lastbeat_waiting_connections");
  waiting.socket.terminate();
  const steady = await join(server, {}, answers);
  const late = await join(server, {}, isLate);
  await watch.until("lastbeat_heartbeats_answered_total", "lastbeat_suspect_sessions", "lastbeat_suspicions_refuted_total");
  const own = await join(server, { beats: "client" }, answers);
  const beating = setInterval(() => answers(own.client), 100);
  await watch.until("lastbeat_client_heartbeats_total");
  clearInterval(beating);
  const dead = await join(server, {}, isSilent);
  await dead.client.closed;
  const back = await join(server, { resume: dead.resume }, answers);
  await watch.until("lastbeat_sessions_resumed_total", "lastbeat_false_positives_total");
  for (const { client } of [steady, late, own, back]) client.send({ type: "goodbye" });
  await watch.until("lastbeat_ends_total", "lastbeat_detection_seconds");
}

async function faults(server: TestServer, watch: Watch, place: Scratch): Promise<void> {
  const { keeper } = server.server.services;
  const { client, id } = await join(server, {}, answers);
  keeper.session(id)?.own("broken", {
    [Symbol.dispose]() {
      throw new Error("broken");
    },
  });
  for (let call = 0; call < 20; call += 1) client.send({ type: "chat.typing" });
  await fetch(`${server.http}/api/sessions`, { headers: { authorization: "Bearer lb_wrong" } });
  await watch.until("lastbeat_chat_rate_limited_total", "lastbeat_failed_sign_ins_total");
  client.send({ type: "goodbye" });
  await watch.until("lastbeat_releases_failed_total");
  // The whole process stands still, as in a long collection.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  await watch.until("lastbeat_pauses_total", "lastbeat_paused_seconds_total");
  const other = new Database(place.file);
  other.exec("BEGIN IMMEDIATE");
  await watch.until("lastbeat_ledger_failures_total", "lastbeat_ledger_queue_records");
  other.exec("ROLLBACK");
  other.close();
  await eventually(() => expect(server.server.services.store.ledger.health()).toEqual({ accepting: true }));
}

/** Settings become stricter while a client is silent: it is found later than the new bound. */
async function settingsAndLimits(server: TestServer, watch: Watch): Promise<void> {
  const { settings: service, keeper } = server.server.services;
  const { id } = await join(server, {}, isSilent);
  await eventually(() => expect(keeper.session(id)?.misses).toBeGreaterThan(0));
  const values = {
    heartbeatIntervalMs: 0.2,
    heartbeatPongTimeoutMs: 0.1,
    heartbeatMaxFailures: 1,
    resumeGraceMs: 0,
    maxSessions: 1,
  };
  await service.save({ basedOnRevision: 0, values }, by);
  await watch.until("lastbeat_settings_revision", "lastbeat_late_ends_total");
  const only = await join(server, {}, answers);
  const refused = await TestClient.connect(`${server.ws}/ws/new`);
  refused.send({ type: "hello", name: "Ben" });
  await refused.closed;
  await watch.until("lastbeat_refusals_total");
  const sockets = Array.from({ length: 60 }, () => connect(server.server.port, "127.0.0.1").on("error", () => {}));
  await watch.until("lastbeat_connections_refused_total");
  for (const socket of sockets) socket.destroy();
  only.client.send({ type: "goodbye" });
}

test("MET1 every metric is above zero once what it counts has happened", async () => {
  await using place = scratch();
  await using taking = await startReceiver();
  await using failing = await startReceiver(status(503));
  await using refusing = await startReceiver(status(410));
  const urls = { taking: taking.url, failing: failing.url, refusing: refusing.url };
  await using server = await startServerAfterCrash(place, urls);
  const watch = new Watch(server);
  await heartbeatsAndResumes(server, watch);
  await faults(server, watch, place);
  await settingsAndLimits(server, watch);
  await watch.until(...server.server.services.metrics.names().filter((name) => name.startsWith("lastbeat_webhook_")));
  // Kernels before 6.2 do not tell it.
  const isTold = watch.highest.has("process_open_fds");
  expect(watch.silent().filter((name) => isTold || name !== "process_open_fds")).toEqual([]);
});
