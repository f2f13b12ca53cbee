/** Replies of procedures that are not plain views. */
import type { Welcome } from "@lastbeat/core";
import type { ChatMessage, MemberSnapshot } from "./push.ts";
import type { DeadlineView, EndView, LiveSession, Overview, TimelineEntry } from "./views.ts";

export interface Ok {
  readonly ok: true;
}

export type OpenReply = Welcome & {
  readonly room: string | null;
  /** Whether the chat may offer its connection lab. */
  readonly lab: boolean;
};

export interface RenewReply {
  /** How long the new token is good for; `null` for ever. */
  readonly expiresInMs: number | null;
}

export interface JoinReply extends MemberSnapshot {
  readonly room: string;
  /** Which person of the members and messages the caller is. */
  readonly person: string;
  /** The newest messages, oldest first. */
  readonly messages: ChatMessage[];
}

export interface SessionListReply {
  readonly rows: LiveSession[];
  /** Matching sessions, including those beyond the limit. */
  readonly total: number;
  /** Pass as `cursor` for the next page; `null` on the last. */
  readonly nextCursor: string | null;
}

export interface UserEnded {
  /** How many sessions of the user were ended. */
  readonly ended: number;
}

export interface SessionDetail {
  readonly live: LiveSession | null;
  readonly deadlines: DeadlineView[];
  readonly end: EndView | null;
  readonly timeline: TimelineEntry[];
}

export interface OverviewUpdate {
  readonly overview: Overview;
  /** The newest ends, newest first, at most 10. */
  readonly lastEnds: EndView[];
}
