/** One source of configuration: a file, a preset or the environment. */
import type { ErrorIssue } from "@lastbeat/core";

/** A configured value, in the file's unit, with its location for error messages. */
export interface Entry {
  readonly path: string;
  readonly written: unknown;
  /** `config/config.yaml:9:5 websocket.heartbeat_interval` or `environment LASTBEAT_…`. */
  readonly where: string;
}

export interface Layer {
  readonly entries: readonly Entry[];
  /** Problems with their locations. */
  readonly problems: readonly ErrorIssue[];
}

export const emptyLayer: Layer = { entries: [], problems: [] };
