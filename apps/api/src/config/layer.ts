/** One source of configuration: a file, a preset or the environment. */

import type { ErrorIssue } from "@lastbeat/core";

/** A value somebody wrote, in the unit of the file, and where, so that a message can point to it. */
export interface Entry {
  readonly path: string;
  readonly written: unknown;
  /** `config/config.yaml:9:5 websocket.heartbeat_interval` or `environment LASTBEAT_…`. */
  readonly where: string;
}

export interface Layer {
  readonly entries: readonly Entry[];
  /** What is wrong, and where it stands. */
  readonly problems: readonly ErrorIssue[];
}

export const emptyLayer: Layer = { entries: [], problems: [] };
