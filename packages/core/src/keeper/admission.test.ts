import { describe, expect, it } from "vitest";
import type { LedgerEvent, RefusalCause } from "../ports/ledger.ts";
import { type Load, refuseConnection, refuseSession } from "../rules/admission.ts";
import { resolveSettings } from "../settings/settings.ts";
import { createTestBench } from "../testing/bench.ts";
import { createFakeSocket } from "../testing/fakeSocket.ts";
import { Admission } from "./admission.ts";

const calm: Load = { waiting: 0, users: 0, memoryHard: false, shuttingDown: false };
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
    ["one below each limit", [{ ...calm, waiting: 4 }, settings, { held: 2, recent: 3 }], null],
    ["the limit of waiting connections is reached", [{ ...calm, waiting: 5 }, settings, none], "openings"],
    ["the address has reached its connection limit", [calm, settings, { held: 3, recent: 0 }], "address_limit"],
    ["the address has reached its rate per minute", [calm, settings, { held: 0, recent: 4 }], "connection_rate"],
    ["0 means no limit", [calm, unlimited, { held: 100_000, recent: 100_000 }], null],
    ["a full server still accepts a connection, which may resume a session", [{ ...calm, users: 10 }, settings, none], null],
    ["a stopping server accepts none", [{ ...calm, shuttingDown: true }, settings, none], "shutting_down"],
    [
      "stopping takes precedence over every limit",
      [{ ...calm, shuttingDown: true, waiting: 5 }, settings, { held: 3, recent: 4 }],
      "shutting_down",
    ],
  ];
  it.each(cases)("SES1 %s", (_, args, cause) => expect(refuseConnection(...args)).toBe(cause));
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
