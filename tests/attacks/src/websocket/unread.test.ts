/** Clients that ask and do not read. */
import { eventually } from "@lastbeat/support/eventually";
import { expect } from "vitest";
import { attacks } from "../harness/attack.ts";
import { frame } from "../harness/frames.ts";
import type { Scene } from "../harness/scene.ts";

const FLOOD_MS = 3_000;
const times = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));

/** Floods one session that never reads, and looks at what the server thinks of it. */
async function floodUnread(scene: Scene, dialect: "trpc" | "json", bytes: Buffer): Promise<void> {
  const attacker = await scene[dialect]();
  attacker.stopReading();
  await attacker.flood(bytes, FLOOD_MS);
  await eventually(() => expect(scene.said()).toContain("reason=slow_consumer"));
}

attacks("Answers that are not read", {}, [
  {
    name: "`PING` over tRPC as fast as it goes, no answer read",
    must: "ended as `slow_consumer` at `max_buffered_bytes`",
    growthMiB: 48,
    run: (scene) => floodUnread(scene, "trpc", times(4_000, frame("PING"))),
  },
]);
