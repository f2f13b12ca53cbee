import { expect, it } from "vitest";
import { createTestBench } from "../testing/bench.ts";
import { settle } from "../testing/virtualClock.ts";
import type { MessageHandler } from "./keepOptions.ts";
import { Reception } from "./reception.ts";

const thenable = {
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library.
  then: (_: unknown, reject: (thrown: Error) => void) => reject(new Error("too late")),
};

it.each([
  ["a number", () => 3, "active"],
  ["a promise that rejects", () => Promise.reject(new Error("too late")), "ending"],
  ["a promise of another library that rejects", () => thenable, "ending"],
])("SES8 a message handler that returns %s", async (_, handler, state) => {
  const { connect } = createTestBench();
  const { connection } = connect();
  const reception = new Reception<string, unknown>(connection, handler as unknown as MessageHandler<string>);
  const session = await reception.sayHello({ user: "ada" }, () => {});
  reception.message("hello");
  await settle();
  expect(session?.state).toBe(state);
});
