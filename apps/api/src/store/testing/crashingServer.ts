/** A server to be killed, run as a process of its own: opens sessions and ends some, for ever, and prints each once it is durable. */
import { writeSync } from "node:fs";
import type { EndedRecord, OpenedRecord } from "@lastbeat/core";
import { openStore } from "../openStore.ts";

const [file = "", prefix = ""] = process.argv.slice(2);
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const store = await openStore({ file, retentionDays: 0, queueLimit: 1_000, durability: "process", bootVersion: "0.0.1", log });
writeSync(1, "ready\n");

function opening(sessionId: string): OpenedRecord {
  const place = { room: null, address: "192.0.2.7", client: "test", transport: "json" };
  return { sessionId, kind: "user", user: "Ada", ...place, openedAtMs: Date.now(), settingsRevision: 0 };
}

function leaving(sessionId: string): EndedRecord {
  const nowMs = Date.now();
  return {
    ...{
      sessionId,
      reason: "client_left",
      tier: "socket",
      initiator: "client",
      closeCode: 1000,
      detail: "",
      note: null,
      operator: null,
    },
    ...{ lastSeenAtMs: nowMs, lastActiveAtMs: nowMs, detectedAtMs: nowMs, releasedAtMs: nowMs, detectionMs: 0, boundMs: null },
    ...{ cleanupMs: 0, cleanup: "complete", resourcesReleased: 0, resourcesFailed: [], misses: 0, roundTripsMs: [] },
    ...{
      settingsRevision: 0,
      pauses: 0,
      pausedMs: 0,
      memoryLevel: "ok",
      eviction: null,
      resumeExpired: false,
      crashedBetweenMs: null,
    },
  };
}

async function one(at: number): Promise<void> {
  const id = `session_${prefix}_${at}`;
  await store.ledger.opened(opening(id));
  writeSync(1, `opened ${id}\n`);
  store.ledger.event({ atMs: Date.now(), sessionId: id, event: { type: "idle_cleared" } });
  if (at % 3 === 0) return;
  await store.ledger.ended(leaving(id));
  writeSync(1, `ended ${id}\n`);
}

for (let at = 0; ; at += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => one(at + more)));
