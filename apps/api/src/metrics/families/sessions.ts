/** Metrics of live sessions, their heartbeats and the server's pauses. */
import type { KeeperTotals } from "@lastbeat/core";
import { counter, type Family, gauge, type Sample } from "../family.ts";
import type { Watched } from "../watched.ts";

const states = ["opening", "active", "suspended", "ending"] as const;

export function sessionFamilies({ keeper, store }: Watched): Family[] {
  const total = (key: keyof KeeperTotals) => () => keeper.stats().totals[key];
  return [
    gauge("lastbeat_sessions", "Live sessions by state and kind.", () => sessions(keeper.stats())),
    gauge("lastbeat_suspect_sessions", "Sessions with at least one unanswered heartbeat.", () => keeper.stats().suspect),
    gauge("lastbeat_waiting_connections", "Connections whose hello has not come.", () => keeper.stats().waitingForHello),
    gauge("lastbeat_sessions_limit", "User sessions that are allowed (max_sessions).", () => keeper.settings.maxSessions),
    gauge(
      "lastbeat_crashed_sessions",
      "Sessions that a crashed server had left open, ended at this start.",
      () => store.crashedSessions,
    ),
    gauge("lastbeat_settings_revision", "The settings revision in force; 0 is the configuration.", () => keeper.settingsRevision),
    counter("lastbeat_sessions_opened_total", "Sessions opened.", total("opened")),
    counter("lastbeat_sessions_resumed_total", "Sessions resumed on another connection.", total("resumed")),
    counter("lastbeat_heartbeats_sent_total", "Heartbeats sent to clients.", total("heartbeatsSent")),
    counter("lastbeat_heartbeats_answered_total", "Heartbeats that clients answered.", total("heartbeatsAnswered")),
    counter("lastbeat_heartbeats_missed_total", "Heartbeats not answered within the pong timeout.", total("heartbeatsMissed")),
    counter(
      "lastbeat_client_heartbeats_total",
      "Intervals in which a client's own timer sent the heartbeat.",
      total("heartbeatsFromClients"),
    ),
    counter("lastbeat_suspicions_total", "Sessions that became suspect by a first miss.", total("suspicions")),
    counter("lastbeat_suspicions_refuted_total", "Suspect sessions that answered after all.", total("suspicionsRefuted")),
    counter(
      "lastbeat_false_positives_total",
      "Sessions ended by heartbeats whose client came back within 60 s.",
      () => keeper.stats().falsePositives,
    ),
    counter("lastbeat_pauses_total", "Times that the server stood still for over a second.", () => keeper.stats().pauses.count),
    counter("lastbeat_paused_seconds_total", "For how long it stood still.", () => keeper.stats().pauses.totalMs / 1_000),
    gauge("lastbeat_tick_longest_seconds", "The longest turn of the keeper's timer.", () => keeper.stats().longestTickMs / 1_000),
  ];
}

/** Connections before their hello have no kind yet and are not sessions. */
function sessions(stats: ReturnType<Watched["keeper"]["stats"]>): Sample[] {
  return states.flatMap((state) => {
    const all = state === "opening" ? stats.opening - stats.waitingForHello : stats[state];
    const admins = stats.admins[state];
    return [
      { labels: { state, kind: "user" }, value: all - admins },
      { labels: { state, kind: "admin" }, value: admins },
    ];
  });
}
