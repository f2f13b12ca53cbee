/** Counts since the keeper was made. Plain numbers: counting must cost nothing, because some count once per heartbeat (rule MET1). */

export interface KeeperTotals {
  /** Sessions opened, and sessions that came back on another connection. */
  opened: number;
  resumed: number;
  heartbeatsSent: number;
  heartbeatsAnswered: number;
  heartbeatsMissed: number;
  /** Heartbeats of clients that beat by a timer of their own (rule HB10), as seen once per interval. */
  heartbeatsFromClients: number;
  /** First misses, and those of them after which the client answered. */
  suspicions: number;
  suspicionsRefuted: number;
  /** Resources whose release threw or took too long. */
  releasesFailed: number;
}

export function zeroTotals(): KeeperTotals {
  return {
    opened: 0,
    resumed: 0,
    heartbeatsSent: 0,
    heartbeatsAnswered: 0,
    heartbeatsMissed: 0,
    heartbeatsFromClients: 0,
    suspicions: 0,
    suspicionsRefuted: 0,
    releasesFailed: 0,
  };
}
