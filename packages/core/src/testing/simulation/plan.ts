/** The parameters of a simulated world, drawn from its seed: tick, latencies, settings, fault rates. */
import { resolveSettings, type Settings } from "../../settings/settings.ts";
import type { SeededRandom } from "../seededRandom.ts";

/** Simulated time of one run unless told otherwise, milliseconds: an hour. */
export const HOUR_MS = 3_600_000;

export interface Plan {
  readonly tickMs: number;
  readonly settings: Settings;
  /** The shortest pong timeout that will ever be in force, milliseconds. */
  readonly shortestPongMs: number;
  /** The longest one-way latency; a round trip thus takes at most 0.4 of the shortest pong timeout. */
  readonly longestWayMs: number;
  readonly clients: number;
  readonly addresses: number;
  /** Probability of an operation per second. */
  readonly operationRate: number;
  /** Probability that a report is repeated later. */
  readonly duplicateRate: number;
  /** Share of the clients that are operators. */
  readonly adminShare: number;
  /** Share of the connections whose client sends heartbeats by a timer of its own. */
  readonly drivenShare: number;
  /** Probability that a call to a port fails. */
  readonly mishapRate: number;
  /** Probability that a listener or disposer calls the keeper. */
  readonly meddleRate: number;
}

const COARSE_TICK_MS = 1_000;

/** The duration of a run, scaled down for fine ticks, milliseconds. */
export function spanMs({ tickMs }: Plan, durationMs: number): number {
  return tickMs >= 500 ? durationMs : (durationMs * tickMs) / COARSE_TICK_MS;
}

/** Draws the plan of a world. Whether clients drive depends on the seed alone, so that existing seeds keep their runs. */
export function drawPlan(seed: number, random: SeededRandom): Plan {
  // Coarse ticks expose rounding and keep a simulated hour short. With fine ticks, a run has as many steps but covers less time.
  const tickMs = random.pick([1_000, 1_000, 1_000, 1_000, 750, 500, 250, 100, 70]);
  const shortestPongMs = Math.max(200, tickMs) + random.pick([0, 0, 137, 500, 2_000, 6_000]);
  return {
    tickMs,
    settings: drawSettings(random, { tickMs, shortestPongMs }),
    shortestPongMs,
    longestWayMs: Math.max(1, Math.floor(shortestPongMs * 0.2)),
    clients: 12 + random.int(36),
    addresses: 1 + random.int(6),
    operationRate: (random.pick([0.2, 0.4, 0.7]) * COARSE_TICK_MS) / Math.max(tickMs, 250),
    duplicateRate: random.pick([0, 0.02, 0.1]),
    adminShare: random.pick([0.08, 0.08, 0.4]),
    drivenShare: seed % 5 === 0 ? 0.7 : 0,
    mishapRate: random.pick([0, 0, 0.002, 0.02]),
    meddleRate: random.pick([0, 0, 0.03, 0.15]),
  };
}

/** Draws valid settings. */
export function drawSettings(
  random: SeededRandom,
  { tickMs, shortestPongMs }: { readonly tickMs: number; readonly shortestPongMs: number },
): Settings {
  const heartbeatPongTimeoutMs = shortestPongMs + random.pick([0, 0, 250, 4_000, 15_000]);
  const sessionTimeoutMs = random.pick([20_000, 90_000, 180_000, 300_000, 900_000, 900_000]);
  return resolveSettings({
    tickMs,
    heartbeatPongTimeoutMs,
    heartbeatIntervalMs: heartbeatPongTimeoutMs + random.pick([0, 500, 5_000, 15_000, 30_000]),
    heartbeatMaxFailures: 1 + random.int(4),
    sessionTimeoutMs,
    idleWarningMs: random.pick([0, 5_000, 15_000]),
    sweepIntervalMs: random.pick([1_000, 5_000, 30_000]),
    // Derived rather than drawn, so that existing seeds keep their runs.
    keepaliveMs: [0, 2_000, 10_000, 45_000][Math.floor(heartbeatPongTimeoutMs / 250) % 4] ?? 0,
    resumeGraceMs: random.pick([0, 0, 8_000, 45_000]),
    sessionLifetimeMs: random.pick([0, 0, 0, 240_000, 1_200_000]),
    helloTimeoutMs: random.pick([2_000, 10_000]),
    helloMaxBytes: 1_024,
    helloMaxFrames: 4,
    maxBufferedBytes: 16_384,
    maxOpening: random.pick([4, 50]),
    maxConnectionsPerAddress: random.pick([0, 0, 6]),
    connectionRatePerAddress: random.pick([0, 0, 20]),
    maxSessions: random.pick([8, 30, 60, 60]),
    memorySampleMs: random.pick([Math.max(200, tickMs), 5_000]),
  });
}
