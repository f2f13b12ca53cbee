/** What every adapter must keep of the server's promises, as tests over real sockets: run it on each. */
import { describe, expect, it } from "vitest";
import { createSessionKeeper, type KeeperOptions } from "../../keeper/keeper.ts";
import type { Session, SessionKeeper } from "../../keeper/types.ts";
import type { SessionEnd } from "../../ports/ledger.ts";
import type { Frame } from "../frames.ts";
import type { Peer, PeerOptions, TestServer } from "./peer.ts";

/** What a server under test is told. */
export interface ServerOptions {
  /** Told of each message of the application, as the frame that the peer said. */
  readonly onMessage: (frame: Frame, session: Session) => void;
  readonly maxMessageBytes: number;
}

export interface AdapterTraits {
  /** The transport answers pings of its own where an application does not. */
  readonly answersPings: boolean;
  /** The adapter hands messages on, and does not leave that to the transport. */
  readonly handsMessagesOn: boolean;
}

export type MakeServer = (keeper: SessionKeeper, options: ServerOptions) => Promise<TestServer>;

/** A bound for what is noticed at once, on a machine that is busy. */
const AT_ONCE_MS = 1_000;
const MAX_MESSAGE_BYTES = 65_536;
const fast = { heartbeatIntervalMs: 200, heartbeatPongTimeoutMs: 100, heartbeatMaxFailures: 2 };
/** No heartbeat comes while a test lasts. */
const quiet = { heartbeatIntervalMs: 600_000 };

/** Runs the contract on an adapter. `make` starts a server for each test. */
export function adapterContract(name: string, make: MakeServer, traits: AdapterTraits): void {
  const bench = (settings: KeeperOptions["settings"] = quiet) => Bench.start(make, settings);
  describe(`${name} keeps the adapters' contract`, () => {
    it("HB7 welcomes with heartbeat terms and resume token, and tells terms at every change", () => welcomes(bench));
    it("HB8 answers a client's ping", () => answersPing(bench));
    it("SOC1 a goodbye ends the session at once as client_left", () => hearsGoodbye(bench));
    it("SOC2 a close frame ends the session at once, also when TCP stays open", () => hearsCloseFrame(bench));
    it("SOC1 a half-open connection is lost at once", () => hearsHalfClose(bench));
    it("HB1 a client that answers stays", () => keepsAnswering(bench));
    it("HB10 a client that sends its own heartbeats is asked for none, until it stops", () => hearsOwnBeats(bench));
    it("HB5 a client that says nothing is unreachable", () => findsUnreachable(bench));
    if (traits.answersPings) it("HB5 a client whose transport alone answers is unresponsive", () => findsUnresponsive(bench));
    it("SES5 a lost session is resumed with all it holds", () => resumes(bench));
    it("SES5 a wrong token is refused with 4504", () => refusesWrongToken(bench));
    it("EMB2 a session has its user, room, address and data", () => knowsThePeer(bench));
    it("SOC3 a slow reader ends as slow_consumer", () => cutsSlowReader(bench));
    it("SOC1 garbage costs one session as protocol_error", () => survives(bench, (peer) => peer.sendGarbage()));
    it("SOC1 a message that is too long costs one session as protocol_error", () =>
      survives(bench, (peer) => peer.sendTooMuch(3 * MAX_MESSAGE_BYTES)));
    if (traits.handsMessagesOn) {
      it("SES4 messages are handed on in order, those right behind the hello too", () => handsMessagesOn(bench));
      it("SES8 a message handler that throws costs its session alone", () => survivesHandler(bench));
    }
    it("SOC2 an application that closes the socket itself ends the session", () => hearsApplication(bench));
    it("SOC2 a socket that closed before it is handed over opens nothing", () => opensNothing(bench));
    it("CLT1 a stopping server tells the reason and the code", () => tellsShutdown(bench));
    it("SES7 nothing is left on the sockets after close()", () => leavesNothing(bench));
  });
}

type Start = (settings?: KeeperOptions["settings"]) => Promise<Bench>;

class Bench implements AsyncDisposable {
  readonly keeper: SessionKeeper;
  readonly messages: Frame[] = [];
  /** Called with each message besides. */
  onMessage: (frame: Frame) => void = () => {};
  readonly #ends = new Map<string, PromiseWithResolvers<SessionEnd>>();
  readonly #peers: Peer[] = [];
  #server: TestServer | null = null;

  static async start(make: MakeServer, settings: KeeperOptions["settings"]): Promise<Bench> {
    const bench = new Bench(settings);
    const onMessage = (frame: Frame) => {
      bench.messages.push(frame);
      bench.onMessage(frame);
    };
    bench.#server = await make(bench.keeper, { onMessage, maxMessageBytes: MAX_MESSAGE_BYTES });
    return bench;
  }

  private constructor(settings: KeeperOptions["settings"]) {
    this.keeper = createSessionKeeper({ settings: { ...settings } });
    this.keeper.on("ended", ({ end }) => this.#endOf(end.sessionId).resolve(end));
  }

  get server(): TestServer {
    if (this.#server === null) throw new Error("not started");
    return this.#server;
  }

  /** A peer whose session is open. */
  async join(options: PeerOptions = {}): Promise<{ readonly peer: Peer; readonly session: Session; readonly welcome: Frame }> {
    const peer = await this.connect(options);
    const welcome = await peer.inbox.first("welcome");
    const session = this.keeper.session(String(welcome.sessionId));
    if (session === undefined) throw new Error("there is no such session");
    return { peer, session, welcome };
  }

  async connect(options: PeerOptions = {}): Promise<Peer> {
    const peer = await this.server.connect(options);
    this.#peers.push(peer);
    return peer;
  }

  ended({ id }: Session): Promise<SessionEnd> {
    return this.#endOf(id).promise;
  }

  /** The end that `act` brings about, which must come at once. */
  async endBy(session: Session, act: () => void): Promise<SessionEnd> {
    const fromMs = performance.now();
    act();
    const end = await this.ended(session);
    expect(performance.now() - fromMs).toBeLessThan(AT_ONCE_MS);
    return end;
  }

  #endOf(id: string): PromiseWithResolvers<SessionEnd> {
    const end = this.#ends.get(id) ?? Promise.withResolvers<SessionEnd>();
    this.#ends.set(id, end);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.close();
    for (const peer of this.#peers) peer.destroy();
    await this.server[Symbol.asyncDispose]();
  }
}

const ticketOf = ({ sessionId, resumeToken }: Frame): string => `${sessionId}.${resumeToken}`;

async function welcomes(start: Start): Promise<void> {
  await using bench = await start();
  const { peer, session, welcome } = await bench.join();
  expect(welcome).toMatchObject({
    sessionId: session.id,
    resumed: false,
    heartbeat: { intervalMs: 600_000, pongTimeoutMs: 20_000, maxFailures: 3 },
  });
  expect(String(welcome.resumeToken).length).toBeGreaterThan(40);
  bench.keeper.applySettings({ ...bench.keeper.settings, heartbeatIntervalMs: 500_000 }, { revision: 1, author: "a test" });
  expect(await peer.inbox.first("terms")).toMatchObject({ heartbeat: { intervalMs: 500_000 }, settingsRevision: 1 });
}

async function answersPing(start: Start): Promise<void> {
  await using bench = await start();
  const { peer } = await bench.join();
  peer.ping();
  expect(await peer.inbox.first("pong")).toEqual({ type: "pong" });
}

async function hearsGoodbye(start: Start): Promise<void> {
  await using bench = await start({ ...quiet, resumeGraceMs: 60_000 });
  const { peer, session } = await bench.join();
  expect(await bench.endBy(session, () => peer.goodbye())).toMatchObject({ reason: "client_left", tier: "socket" });
  await peer.gone;
}

async function hearsCloseFrame(start: Start): Promise<void> {
  await using bench = await start();
  const { peer, session } = await bench.join();
  const { closeFrame } = peer;
  // Where there are no close frames a goodbye is all that comes.
  const end = await bench.endBy(session, closeFrame === undefined ? () => peer.goodbye() : () => closeFrame.call(peer));
  expect(end).toMatchObject({ reason: "client_left" });
}

async function hearsHalfClose(start: Start): Promise<void> {
  await using bench = await start();
  const { peer, session } = await bench.join();
  expect(await bench.endBy(session, () => peer.halfClose())).toMatchObject({ reason: "connection_lost", initiator: "network" });
  await peer.gone;
}

async function keepsAnswering(start: Start): Promise<void> {
  await using bench = await start(fast);
  const { peer, session } = await bench.join();
  const beats = () => peer.inbox.types().filter((type) => type === "heartbeat").length;
  const { promise, resolve } = Promise.withResolvers<void>();
  const add = peer.inbox.add.bind(peer.inbox);
  peer.inbox.add = (frame) => {
    add(frame);
    if (beats() >= 8) resolve();
  };
  await promise;
  expect(session.state).toBe("active");
  expect(session.lastRoundTripMs).not.toBeNull();
}

async function hearsOwnBeats(start: Start): Promise<void> {
  await using bench = await start({ heartbeatIntervalMs: 1_000, heartbeatPongTimeoutMs: 1_000, heartbeatMaxFailures: 2 });
  const { peer, session } = await bench.join({ beats: "client" });
  const { promise: heardTwice, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    peer.beat();
    if (session.snapshot().beats.length >= 2) resolve();
  }, 100);
  await heardTwice;
  clearInterval(timer);
  expect(session.snapshot().beats).toEqual([-2, -2]);
  expect(peer.inbox.types()).toEqual(["welcome"]);
  peer.answers.heartbeats = false;
  peer.answers.pings = false;
  await peer.inbox.first("heartbeat");
  expect(await bench.ended(session)).toMatchObject({ reason: "unreachable", misses: 2, lateCause: null });
}

async function findsUnreachable(start: Start): Promise<void> {
  await using bench = await start(fast);
  const { peer, session } = await bench.join();
  peer.answers.heartbeats = false;
  peer.answers.pings = false;
  expect(await bench.ended(session)).toMatchObject({ reason: "unreachable", tier: "heartbeat", misses: 2 });
  await peer.gone;
}

async function findsUnresponsive(start: Start): Promise<void> {
  await using bench = await start(fast);
  const { peer, session } = await bench.join();
  peer.answers.heartbeats = false;
  expect(await bench.ended(session)).toMatchObject({ reason: "unresponsive", tier: "heartbeat" });
}

async function resumes(start: Start): Promise<void> {
  await using bench = await start({ ...quiet, resumeGraceMs: 60_000 });
  const { peer, session, welcome } = await bench.join({ room: "attic" });
  let released = 0;
  session.own("a desk", { [Symbol.dispose]: () => (released += 1) });
  const suspended = new Promise((resolve) => bench.keeper.on("suspended", resolve));
  peer.halfClose();
  await suspended;
  const again = await bench.join({ resume: ticketOf(welcome) });
  expect(again.welcome).toMatchObject({ sessionId: session.id, resumed: true });
  expect(again.welcome.resumeToken).not.toBe(welcome.resumeToken);
  expect([session.state, session.room, released]).toEqual(["active", "attic", 0]);
  again.peer.goodbye();
  expect(await bench.ended(session)).toMatchObject({ reason: "client_left", resourcesReleased: 1 });
  expect(released).toBe(1);
}

async function refusesWrongToken(start: Start): Promise<void> {
  await using bench = await start({ ...quiet, resumeGraceMs: 60_000 });
  const { session } = await bench.join();
  const thief = await bench.connect({ resume: `${session.id}.wrong` });
  expect(await thief.inbox.first("ending")).toMatchObject({ reason: "unauthorized", code: 4504, retry: false });
  expect(await thief.inbox.first("close")).toMatchObject({ code: 4504, reason: "unauthorized" });
  expect(await bench.server.sessions[1]).toBeNull();
  expect(session.state).toBe("active");
}

async function knowsThePeer(start: Start): Promise<void> {
  await using bench = await start();
  const { session } = await bench.join({ user: "Ada", room: "attic" });
  expect([session.user, session.room, session.peer.address]).toEqual(["Ada", "attic", "127.0.0.1"]);
  expect(session.data).toEqual({ named: "Ada" });
  expect((await bench.server.sessions[0])?.id).toBe(session.id);
}

async function cutsSlowReader(start: Start): Promise<void> {
  await using bench = await start({ ...fast, heartbeatMaxFailures: 20, maxBufferedBytes: 65_536 });
  const { peer, session } = await bench.join();
  peer.stopReading();
  // More than the kernel takes in for a peer that does not read.
  const text = JSON.stringify({ type: "much", text: "x".repeat(1_000_000) });
  for (let sent = 0; sent < 20; sent += 1) bench.server.send(text);
  expect(await bench.ended(session)).toMatchObject({ reason: "slow_consumer", initiator: "server" });
}

async function survives(start: Start, act: (peer: Peer) => void): Promise<void> {
  await using bench = await start();
  const { session: other } = await bench.join();
  const { peer, session } = await bench.join();
  expect(await bench.endBy(session, () => act(peer))).toMatchObject({ reason: "protocol_error", initiator: "client" });
  expect(other.state).toBe("active");
  await bench.join();
}

async function handsMessagesOn(start: Start): Promise<void> {
  await using bench = await start();
  const peer = await bench.connect();
  const all = new Promise<void>((resolve) => {
    bench.onMessage = () => bench.messages.length === 3 && resolve();
  });
  for (const text of ["one", "two", "three"]) peer.say({ type: "said", text });
  await all;
  expect(bench.messages.map(({ text }) => text)).toEqual(["one", "two", "three"]);
}

async function survivesHandler(start: Start): Promise<void> {
  await using bench = await start();
  bench.onMessage = () => {
    throw new Error("no idea");
  };
  const { peer, session } = await bench.join();
  const end = await bench.endBy(session, () => peer.say({ type: "said" }));
  expect(end).toMatchObject({ reason: "ended_by_application", detail: expect.stringContaining("no idea") });
}

async function hearsApplication(start: Start): Promise<void> {
  await using bench = await start();
  const { session } = await bench.join();
  await bench.endBy(session, () => bench.server.closeLatest());
}

async function opensNothing(start: Start): Promise<void> {
  await using bench = await start();
  const { peer, session } = await bench.join();
  peer.destroy();
  await bench.ended(session);
  await expect.poll(() => bench.server.leftListeners()).toBe(0);
  expect(await bench.server.keepLatest()).toBeNull();
  expect(bench.keeper.stats()).toMatchObject({ opening: 0, active: 0, refusals: {} });
  expect(bench.server.leftListeners()).toBe(0);
}

async function tellsShutdown(start: Start): Promise<void> {
  await using bench = await start();
  const { peer } = await bench.join();
  await bench.keeper.close();
  expect(await peer.inbox.first("ending")).toMatchObject({ reason: "server_shutdown", code: 1012, retry: true });
  expect(await peer.inbox.first("close")).toMatchObject({ code: 1012 });
}

async function leavesNothing(start: Start): Promise<void> {
  await using bench = await start({ ...quiet, resumeGraceMs: 60_000 });
  const [one, two, three] = [await bench.join(), await bench.join(), await bench.join()];
  one.peer.goodbye();
  two.peer.halfClose();
  await bench.keeper.close();
  three.peer.destroy();
  await Promise.all([one, two, three].map(({ peer }) => peer.gone));
  await expect.poll(() => bench.server.leftListeners()).toBe(0);
}
