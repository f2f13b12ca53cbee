/** A server to be killed, run as a process of its own: opens sessions and ends some, for ever, and prints each once it is durable. */
import { writeSync } from "node:fs";
import type { SessionEnd } from "@lastbeat/core";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { openStore } from "../openStore.ts";

const [file = "", prefix = ""] = process.argv.slice(2);
const pause = new Int32Array(new SharedArrayBuffer(4));
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const store = await openStore({ file, retentionDays: 0, queueLimit: 1_000, durability: "process", bootVersion: "0.0.1", log });
print("ready\n");

/** At once, and also when whoever reads it is slow: the pipe is full then, and says so instead of waiting. */
function print(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Left by its client this very moment, with the other evidence as it comes. */
function leaving(sessionId: string): SessionEnd {
  const nowMs = Date.now();
  const times = { lastSeenAtMs: nowMs, lastActiveAtMs: nowMs, detectedAtMs: nowMs, releasedAtMs: nowMs };
  return sampleEnded(sessionId, { reason: "client_left", tier: "socket", initiator: "client", ...times });
}

async function one(at: number): Promise<void> {
  const id = `session_${prefix}_${at}`;
  await store.ledger.opened(sampleOpened(id, { openedAtMs: Date.now() }));
  print(`opened ${id}\n`);
  store.ledger.event({ atMs: Date.now(), sessionId: id, event: { type: "idle_cleared" } });
  if (at % 3 === 0) return;
  await store.ledger.ended(leaving(id));
  print(`ended ${id}\n`);
}

for (let at = 0; ; at += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => one(at + more)));
