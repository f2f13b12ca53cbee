/** Made-up sessions, ends and settings for tests of components. */
import type { EndView, LiveSession, SettingsView } from "@lastbeat/api";
import {
  defaultSettings,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  idleBoundMs,
  type SettingKey,
  type Settings,
  settingFields,
  settingKeys,
  toWritten,
} from "@lastbeat/core/settings";
import { sampleEnded } from "@lastbeat/core/testing";

export const NOW_MS = Date.UTC(2026, 0, 15, 12, 0, 0);

export function liveSession(over: Partial<LiveSession> = {}): LiveSession {
  return {
    id: "session_0001",
    kind: "user",
    user: "Ada",
    userId: "user_ada",
    room: "general",
    address: "192.0.2.7",
    client: "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/144.0",
    transport: "trpc",
    state: "active",
    suspect: false,
    openedAtMs: NOW_MS - 65_000,
    lastSeenAtMs: NOW_MS - 2_000,
    lastActiveAtMs: NOW_MS - 31_000,
    misses: 0,
    beats: [12, 18, 9.4],
    busy: [],
    declaredBytes: 0,
    resources: [],
    ...over,
  };
}

export function endView(over: Partial<EndView> = {}): EndView {
  const { id: sessionId, kind, user, userId, room, address, client, transport, openedAtMs } = liveSession();
  const lost = { reason: "unreachable", tier: "heartbeat", initiator: "network", closeCode: 4001 } as const;
  const detail = "3 heartbeats unanswered";
  const seen = { lastSeenAtMs: NOW_MS - 82_000, lastActiveAtMs: NOW_MS - 90_000, detectionMs: 82_000 };
  const times = { ...seen, detectedAtMs: NOW_MS, releasedAtMs: NOW_MS + 3, cleanupMs: 2.5, roundTripsMs: [12, 9.5] };
  const released = { cleanup: "complete", resourcesFailed: [] } as const;
  const calm = { pauses: 0, pausedMs: 0, memoryLevel: "ok", eviction: null, resumeExpired: false } as const;
  return {
    kind,
    user,
    userId,
    room,
    address,
    client,
    transport,
    openedAtMs,
    ...sampleEnded(sessionId, { ...lost, detail, ...times, ...released, ...calm }),
    ...over,
  };
}

/** The settings as the server would show them, with some of them changed (in code units). */
export function settingsView(revision = 1, changed: Partial<Settings> = {}): SettingsView {
  const settings: Settings = { ...defaultSettings, ...changed };
  return {
    revision,
    preset: "production",
    settings: settingKeys.map((key: SettingKey) => ({
      key,
      field: settingFields[key],
      value: toWritten(key, settings[key]),
      source: key in changed ? "operator" : "default",
    })),
    heartbeatBoundMs: heartbeatBoundMs(settings),
    heartbeatSoonestMs: heartbeatSoonestMs(settings),
    idleBoundMs: idleBoundMs(settings),
  };
}
