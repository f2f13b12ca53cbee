/** The survived outage, checked against a model of TCP's retransmissions and of the heartbeats. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { heartbeatSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { heartbeatSoonestMs } from "./bounds.ts";
import { OUTAGE_ROUND_TRIP_MS, survivedOutageMs } from "./outage.ts";
import { type PresetName, presetSettings } from "./presets.ts";
import { resolveSettings } from "./settings.ts";

/** When data sent at `sentMs` is first retransmitted after the outage ends at `endMs` (RFC 6298, 5.4 to 5.6). */
function sentAgainMs(sentMs: number, endMs: number, firstMs: number): number {
  let atMs = sentMs;
  for (let timeoutMs = firstMs; atMs < endMs; timeoutMs = Math.min(120_000, 2 * timeoutMs)) atMs += timeoutMs;
  return atMs;
}

/** Whether an outage from 0 to `endMs` ends a client that answers at once and whose beat is sent at `beatMs`. */
function isGivenUp(patienceMs: number, { beatMs, endMs, roundTripMs }: { beatMs: number; endMs: number; roundTripMs: number }) {
  const firstMs = roundTripMs + 200;
  const there = roundTripMs / 2;
  // Either the beat is lost, or its answer is.
  const arrivesMs = beatMs + there < 0 ? beatMs + there : sentAgainMs(Math.max(0, beatMs), endMs, firstMs) + there;
  const answeredMs = arrivesMs < 0 ? sentAgainMs(arrivesMs, endMs, firstMs) + there : arrivesMs + there;
  return answeredMs > beatMs + patienceMs;
}

const settings = heartbeatSettings({ maxIntervalMs: 600_000, maxFailures: 6 });
const share = fc.integer({ min: 0, max: 1_000 }).map((step) => step / 1_000);

it("HB9 it ends no healthy client, whenever during the outage its beat is sent and however short its round trip", () => {
  holds(
    fc.property(settings, share, share, share, (chosen, length, moment, trip) => {
      const endMs = survivedOutageMs(chosen) * length;
      const roundTripMs = Math.max(1, OUTAGE_ROUND_TRIP_MS * trip);
      const beatMs = -roundTripMs + (endMs + roundTripMs) * moment;
      // A verdict may come a tick before the answer is read.
      const patienceMs = heartbeatSoonestMs(chosen) - chosen.tickMs;
      if (endMs > 0) expect(isGivenUp(patienceMs, { beatMs, endMs, roundTripMs })).toBe(false);
    }),
    2_000,
  );
});

it("HB9 it is not far below the shortest outage that ends a client", () => {
  const chosen = presetSettings("production");
  const ends = Array.from({ length: 300 }, (_, step) => survivedOutageMs(chosen) + step * 100).find((endMs) =>
    isGivenUp(heartbeatSoonestMs(chosen), { beatMs: 0, endMs, roundTripMs: OUTAGE_ROUND_TRIP_MS }),
  );
  expect(ends).toBeLessThan(1.3 * survivedOutageMs(chosen));
});

it.each<[PresetName, number]>([
  ["production", 29_700],
  ["constrained", 19_700],
  ["low-latency", 2_700],
  ["save-traffic", 29_700],
  ["development", 7_200],
])("HB9 %s survives %d ms", (name, ms) => expect(survivedOutageMs(presetSettings(name))).toBe(ms));

it("HB9 is 0 where even the shortest outage may end a session, and never exceeds the longest retransmission", () => {
  const with_ = (heartbeatPongTimeoutMs: number, heartbeatMaxFailures: number) =>
    survivedOutageMs(resolveSettings({ heartbeatIntervalMs: 3_600_000, heartbeatPongTimeoutMs, heartbeatMaxFailures }));
  expect(with_(200, 1)).toBe(0);
  expect(with_(3_600_000, 1)).toBe(3_600_000 - 120_000 - 300);
});
