import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { lossByClose, lossByError } from "./socketLoss.ts";

it.each([
  [1000, "client_left"],
  [1001, "client_left"],
  [1005, "client_left"],
  [4321, "client_left"],
  [1006, "connection_lost"],
  [1002, "protocol_error"],
  [1003, "protocol_error"],
  [1007, "protocol_error"],
  [1009, "protocol_error"],
] as const)("SOC1 reads close code %i as %s", (code, reason) => {
  expect(lossByClose(code, "").reason).toBe(reason);
});

it.each([1000, 1002])("SOC1 strips control characters from a close reason (%i)", (code) => {
  const { detail } = lossByClose(code, "bye\u001b[2J\r\n\u007f\u009b1mé");
  expect(detail).toMatch(/: bye\ufffd\[2J\ufffd\ufffd\ufffd\ufffd1mé$/);
});

it("SOC1 attributes parser errors to the client and all others to the network", () => {
  expect(
    lossByError(Object.assign(new Error("Max payload size exceeded"), { code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" })).reason,
  ).toBe("protocol_error");
  expect(lossByError(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })).reason).toBe("connection_lost");
});

it("SOC1 begins the end in the same turn as the close, and records the client's leaving", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session, connection } = await join();
  connection.closed(1001, "going away");
  expect(session.state).toBe("ending");
  await clock.advanceAsync(100);
  expect(ledger.entry(session.id)?.ended).toMatchObject({
    reason: "client_left",
    tier: "socket",
    initiator: "client",
    closeCode: 1001,
    detectionMs: 0,
    boundMs: 1_000,
    detail: "close frame with code 1001: going away",
  });
});

it("SOC1 ends as connection_lost when sending fails", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session, socket } = await join();
  socket.broken = new Error("EPIPE");
  await clock.advanceAsync(31_000);
  expect(ledger.entry(session.id)?.ended?.reason).toBe("connection_lost");
});

it("SOC2 does not wait for the peer's close frame: an end by an operator completes although the client never answers", async () => {
  const { clock, join, keeper, ledger } = createTestBench();
  const { session, socket } = await join({ mute: true });
  const ending = keeper.end(session.id, { reason: "ended_by_operator", operator: "grace", note: "test" });
  clock.advance(100);
  expect(await ending).toMatchObject({ reason: "ended_by_operator", operator: "grace", note: "test", closeCode: 4503 });
  expect(ledger.entry(session.id)?.ended?.reason).toBe("ended_by_operator");
  expect(socket.calls).toEqual(["notice:ending", "close:4503"]);
  clock.advance(2_000);
  expect(socket.calls.at(-1)).toBe("terminate");
});

it("SOC1 a goodbye ends the session as client_left", async () => {
  const { clock, join, ledger } = createTestBench();
  const { session, connection, socket } = await join();
  connection.goodbye();
  connection.closed(1000, "");
  await clock.advanceAsync(100);
  expect(ledger.entry(session.id)?.ended).toMatchObject({ reason: "client_left", detail: "the client said goodbye" });
  expect(socket.closedWith?.code).toBe(1000);
});
