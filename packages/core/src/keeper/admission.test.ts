import { describe, expect, it } from "vitest";
import type { LedgerEvent, RefusalCause } from "../ports/ledger.ts";
import { givesWay, type Load, refuseConnection, refuseSession, type Waiting } from "../rules/admission.ts";
import { resolveSettings } from "../settings/settings.ts";
import { type Client, createTestBench } from "../testing/bench.ts";
import { createFakeSocket } from "../testing/fakeSocket.ts";
import { Admission } from "./admission.ts";

const calm: Load = { users: 0, memoryHard: false, shuttingDown: false };
const settings = resolveSettings({
  maxSessions: 10,
  maxOpening: 5,
  maxConnectionsPerAddress: 3,
  connectionRatePerAddress: 4,
});
const unlimited = resolveSettings({ maxConnectionsPerAddress: 0, connectionRatePerAddress: 0 });

describe("whether a connection may come in", () => {
  const none = { held: 0, recent: 0 };
  const cases: [string, Parameters<typeof refuseConnection>, RefusalCause | null][] = [
    ["an unloaded server accepts it", [calm, settings, none], null],
    ["one below each limit", [calm, settings, { held: 2, recent: 3 }], null],
    ["the address has reached its connection limit", [calm, settings, { held: 3, recent: 0 }], "address_limit"],
    ["the address has reached its rate per minute", [calm, settings, { held: 0, recent: 4 }], "connection_rate"],
    ["0 means no limit", [calm, unlimited, { held: 100_000, recent: 100_000 }], null],
    ["a full server still accepts a connection, which may resume a session", [{ ...calm, users: 10 }, settings, none], null],
    ["a stopping server accepts none", [{ ...calm, shuttingDown: true }, settings, none], "shutting_down"],
    [
      "stopping takes precedence over every limit",
      [{ ...calm, shuttingDown: true }, settings, { held: 3, recent: 4 }],
      "shutting_down",
    ],
  ];
  it.each(cases)("SES1 %s", (_, args, cause) => expect(refuseConnection(...args)).toBe(cause));
});

describe("who gives way when too many wait for their hello", () => {
  const limits = { maxOpening: 10, mayHave: 6 };
  const cases: [string, Pick<Waiting, "total" | "here"> & { most: number; silent?: number }, ReturnType<typeof givesWay>][] = [
    ["there is room", { total: 9, here: 0, most: 9 }, "nobody"],
    ["another address has more", { total: 10, here: 2, most: 4 }, "most"],
    ["another address has one more, as the newcomer's would then", { total: 10, here: 3, most: 4 }, "here"],
    ["the newcomer's address has the most", { total: 10, here: 5, most: 5 }, "here"],
    ["the newcomer's address has all that it may have, and there is room", { total: 6, here: 6, most: 6 }, "here"],
    ["each address has one", { total: 10, here: 0, most: 1 }, "oldest"],
    ["another address has more silent ones", { total: 10, here: 5, silent: 1, most: 3 }, "most"],
    ["of the newcomer's address somebody is asked about all", { total: 10, here: 5, silent: 0, most: 1 }, "oldest"],
    ["the newcomer's address has all that it may have, asked about or not", { total: 9, here: 6, silent: 1, most: 3 }, "here"],
  ];
  it.each(cases)("SES1 %s", (_, { total, here, silent = here, most }, who) =>
    expect(givesWay({ total, here, silentHere: silent, silentMost: most }, limits)).toBe(who),
  );

  it("SES1 a newcomer gets the place of the address that has the most", () => {
    const { connect, keeper } = createTestBench({ settings: { maxOpening: 3 } });
    const silent = [1, 2, 3].map(() => connect({ address: "192.0.2.7" }));
    connect({ address: "192.0.2.8" });
    expect(silent.map(({ socket }) => socket.closedWith?.code)).toEqual([1013, undefined, undefined]);
    connect({ address: "192.0.2.9" });
    expect(silent.map(({ socket }) => socket.closedWith?.code)).toEqual([1013, 1013, undefined]);
    expect(keeper.stats()).toMatchObject({ waitingForHello: 3, refusals: { openings: 2 } });
  });

  it("SES1 of one address, who has waited a second gives way to the newest, and nobody who has just come", () => {
    const { connect, clock, keeper } = createTestBench({ settings: { maxOpening: 100, maxOpeningPerAddress: 2 } });
    const first = connect();
    connect();
    expect(() => connect()).toThrow("refused");
    clock.advance(1_000);
    connect();
    expect(first.socket.closedWith?.code).toBe(1013);
    expect(keeper.stats()).toMatchObject({ waitingForHello: 2, refusals: { openings: 2 } });
  });

  const codes = (clients: readonly Pick<Client, "socket">[]) => clients.map(({ socket }) => socket.closedWith?.code);

  it("SES1 who is being identified is spared while others say nothing", () => {
    const { connect } = createTestBench({ settings: { maxOpening: 4 } });
    const asked = [1, 2].map(() => connect({ address: "192.0.2.7" }));
    for (const { connection } of asked) connection.identifying();
    const silent = [1, 2].map(() => connect({ address: "192.0.2.7" }));
    connect({ address: "192.0.2.8" });
    expect(codes([...asked, ...silent])).toEqual([undefined, undefined, 1013, undefined]);
  });

  it("SES1 at most half of the room is spared, and of more the address that has the most gives way", () => {
    const { connect, clock } = createTestBench({ settings: { maxOpening: 6 } });
    const asked = ["192.0.2.9", "192.0.2.7", "192.0.2.7", "192.0.2.7"].map((address) => connect({ address }));
    for (const { connection } of asked) connection.identifying();
    const silent = ["192.0.2.101", "192.0.2.102"].map((address) => connect({ address }));
    clock.advance(1_000);
    connect({ address: "192.0.2.201" });
    expect(codes([...asked, ...silent])).toEqual([undefined, 1013, undefined, undefined, undefined, undefined]);
  });

  it("SES1 being identified extends no deadline, and means nothing after the hello", async () => {
    const { connect, clock, join, engine } = createTestBench();
    const asked = connect();
    asked.connection.identifying();
    asked.connection.identifying();
    const { connection, session } = await join();
    connection.identifying();
    expect(engine.registry.waiting).toBe(1);
    clock.advance(10_100);
    expect(asked.socket.closedWith?.code).toBe(4005);
    asked.connection.identifying();
    expect(engine.registry.waiting).toBe(0);
    expect(session.state).toBe("active");
  });

  it("SES1 limits per address are not for the machine's own addresses, nor for unknown ones", () => {
    const one = { maxOpeningPerAddress: 1, maxConnectionsPerAddress: 1, connectionRatePerAddress: 1 };
    const { connect } = createTestBench({ settings: one });
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "unknown"]) {
      connect({ address });
      connect({ address });
    }
    connect({ address: "2001:db8::1" });
    expect(() => connect({ address: "2001:db8::1" })).toThrow("refused");
  });
});

describe("whether a session may open", () => {
  const cases: [string, Parameters<typeof refuseSession>, RefusalCause | null][] = [
    ["SES1 an unloaded server opens it", [calm, settings, true], null],
    ["SES1 one place is left", [{ ...calm, users: 9 }, settings, true], null],
    ["SES1 no place is left", [{ ...calm, users: 10 }, settings, true], "capacity"],
    ["SES1 a lowered limit refuses although more are open", [{ ...calm, users: 50 }, settings, true], "capacity"],
    ["MEM2 memory is short", [{ ...calm, memoryHard: true }, settings, true], "memory"],
    ["LED5 the ledger accepts no openings", [calm, settings, false], "ledger"],
    ["SES7 the server stops", [{ ...calm, shuttingDown: true, users: 10, memoryHard: true }, settings, false], "shutting_down"],
  ];
  it.each(cases)("%s", (_, args, cause) => expect(refuseSession(...args)).toBe(cause));
});

describe("the counts", () => {
  type Refused = LedgerEvent["event"] & { type: "refused" };

  it("SES1 an address never exceeds its rate in any minute, even across the boundary of two minutes", () => {
    const { clock, connect } = createTestBench({ settings: { connectionRatePerAddress: 3 } });
    clock.advance(59_000);
    for (let count = 0; count < 3; count += 1) connect().connection.closed(1000, "");
    clock.advance(2_000);
    expect(() => connect()).toThrow("refused");
    clock.advance(57_000);
    expect(() => connect()).toThrow("refused");
    clock.advance(1_000);
    for (let count = 0; count < 3; count += 1) connect().connection.closed(1000, "");
    expect(() => connect()).toThrow("refused");
  });

  it("SES1 addresses have separate rates, and a refusal does not count as a connection", () => {
    const { clock, connect, keeper } = createTestBench({ settings: { connectionRatePerAddress: 1 } });
    connect({ address: "192.0.2.7" }).connection.closed(1000, "");
    connect({ address: "192.0.2.8" }).connection.closed(1000, "");
    clock.advance(30_000);
    expect(() => connect({ address: "192.0.2.7" })).toThrow("refused");
    clock.advance(30_000);
    expect(() => connect({ address: "192.0.2.7" })).not.toThrow();
    expect(keeper.stats().refusals).toMatchObject({ connection_rate: 1 });
  });

  it("SES1 a rate limit set while connections arrive counts from then on", () => {
    const { connect, keeper } = createTestBench();
    for (let count = 0; count < 10; count += 1) connect();
    keeper.applySettings({ ...keeper.settings, connectionRatePerAddress: 2 }, { revision: 1, author: "grace" });
    connect();
    connect();
    expect(() => connect()).toThrow("refused");
  });

  it("SES1 keeps nothing about an address without connections", () => {
    const admission = new Admission();
    for (let at = 0; at < 100; at += 1) admission.connected(`198.51.100.${at}`, true);
    expect(admission.addresses).toBe(100);
    for (let at = 0; at < 100; at += 1) admission.disconnected(`198.51.100.${at}`);
    expect(admission.addresses).toBe(0);
    expect(admission.heldBy("198.51.100.1")).toEqual({ held: 0, recent: 1 });
    admission.advance(60_000, () => {});
    expect(admission.heldBy("198.51.100.1")).toEqual({ held: 0, recent: 0 });
  });

  it("SES1 writes each refusal cause once per ten seconds with its count, and nothing without refusals", () => {
    const admission = new Admission();
    const written: Refused[] = [];
    const write = (event: Refused) => void written.push(event);
    for (let count = 0; count < 5; count += 1) admission.refused("capacity");
    admission.refused("unauthorized");
    admission.advance(9_900, write);
    expect(written).toEqual([]);
    admission.advance(10_000, write);
    expect(written).toEqual([
      { type: "refused", cause: "capacity", count: 5, overMs: 10_000 },
      { type: "refused", cause: "unauthorized", count: 1, overMs: 10_000 },
    ]);
    admission.advance(20_000, write);
    expect(written).toHaveLength(2);
    admission.refused("capacity");
    admission.flush(24_000, write);
    expect(written[2]).toEqual({ type: "refused", cause: "capacity", count: 1, overMs: 4_000 });
    expect(admission.totals()).toEqual({ capacity: 6, unauthorized: 1 });
  });
});

describe("a socket that is refused", () => {
  const peer = { address: "192.0.2.1", client: "test", transport: "fake" };

  it("SES6 is told, closed, and dropped 2 s of observed time later", () => {
    const { clock, connect, keeper, engine } = createTestBench({ settings: { maxConnectionsPerAddress: 1 } });
    connect();
    const socket = createFakeSocket();
    expect(keeper.accept(socket, peer)).toBeNull();
    clock.advance(1_900);
    expect(socket.calls).toEqual(["notice:ending", "close:1013"]);
    clock.advance(200);
    expect(socket.calls).toEqual(["notice:ending", "close:1013", "terminate"]);
    expect(engine.closingSockets.size).toBe(0);
  });

  it("SES7 is dropped at once when the keeper is closed, and by close() when it is refused before", async () => {
    const { connect, keeper, engine } = createTestBench({ settings: { maxConnectionsPerAddress: 1 } });
    connect();
    const [early, late] = [createFakeSocket(), createFakeSocket()];
    expect(keeper.accept(early, peer)).toBeNull();
    await keeper.close();
    expect(early.count("terminate")).toBe(1);
    expect(keeper.accept(late, peer)).toBeNull();
    expect(late.calls).toEqual(["notice:ending", "close:1012", "terminate"]);
    expect(engine.closingSockets.size).toBe(0);
  });
});
