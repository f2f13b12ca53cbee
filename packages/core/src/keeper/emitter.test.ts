import { expect, it } from "vitest";
import { silentLog } from "../ports/log.ts";
import { Emitter } from "./emitter.ts";
import { Guard } from "./guard.ts";

interface Events {
  came: number;
  went: number;
}

/** An async listener, which is never awaited. */
const rejecting = (() => Promise.reject(new Error("later"))) as unknown as () => void;

function emitterWithLog() {
  const logged: string[] = [];
  const guard = new Guard({ ...silentLog, error: (message, fields) => logged.push(`${message}: ${fields?.cause}`) });
  return { emitter: new Emitter<Events>(guard), logged };
}

it("SES8 a listener that unsubscribes and resubscribes receives each event once", () => {
  const { emitter } = emitterWithLog();
  let heard = 0;
  const listen = () => {
    heard += 1;
    off();
    off = emitter.on("came", listen);
  };
  let off = emitter.on("came", listen);
  emitter.emit("came", 1);
  expect(heard).toBe(1);
  emitter.emit("came", 2);
  expect(heard).toBe(2);
});

it("SES8 a listener removed during the delivery of an event does not receive it", () => {
  const { emitter } = emitterWithLog();
  const heard: string[] = [];
  emitter.on("came", () => off());
  const off = emitter.on("came", () => heard.push("taken off"));
  emitter.on("came", () => heard.push("left on"));
  emitter.emit("came", 1);
  expect(heard).toEqual(["left on"]);
});

it("SES8 an event caused by a listener is delivered after all listeners have received its cause", () => {
  const { emitter } = emitterWithLog();
  const heard: string[] = [];
  emitter.on("came", (number) => emitter.emit("went", number));
  emitter.on("came", (number) => heard.push(`came ${number}`));
  emitter.on("went", (number) => heard.push(`went ${number}`));
  emitter.emit("came", 1);
  expect(heard).toEqual(["came 1", "went 1"]);
});

it("SES8 a chain of a hundred thousand events, each caused by the one before, does not grow the stack", () => {
  const { emitter, logged } = emitterWithLog();
  let last = 0;
  emitter.on("came", (number) => {
    last = number;
    if (number < 100_000) emitter.emit("came", number + 1);
  });
  emitter.emit("came", 1);
  expect(last).toBe(100_000);
  expect(logged).toEqual([]);
});

it("SES8 a listener that throws or rejects is logged and does not stop the others", async () => {
  const { emitter, logged } = emitterWithLog();
  let heard = 0;
  emitter.on("came", () => {
    throw new Error("no");
  });
  emitter.on("came", rejecting);
  emitter.on("went", rejecting);
  emitter.on("came", () => heard++);
  emitter.emit("came", 1);
  emitter.emit("went", 1);
  await Promise.resolve();
  expect(heard).toBe(1);
  expect(logged).toEqual(["a listener of came failed: Error: no", "a listener of went failed: Error: later"]);
});
