/** Events pushed to clients, identical over tRPC (`session.events`) and the JSON socket. */
import type { Notice, Welcome } from "@lastbeat/core";

/** A stored chat message. The client generates `id`, so that a message sent twice is stored once. */
export interface ChatMessage {
  readonly id: string;
  readonly room: string;
  readonly sessionId: string;
  readonly user: string;
  readonly text: string;
  /** Wall clock, epoch milliseconds. */
  readonly sentAtMs: number;
  /** Sequence number across all rooms, used to page through the history. */
  readonly seq: number;
}

export interface RoomMember {
  readonly sessionId: string;
  readonly user: string;
  /** Shared by all sessions with the same name and browser in this room. Reveals neither. */
  readonly person: string;
  readonly presence: "present" | "suspect" | "suspended";
  readonly joinedAtMs: number;
}

/** The listed members of a room, in joining order. */
export interface MemberSnapshot {
  /** Version of the member list, which `chat.members.changed` continues. */
  readonly version: number;
  /** Sessions in the room, including those beyond the list's limit. */
  readonly total: number;
  readonly members: readonly RoomMember[];
}

/** Changes to a room's members after version `since`, up to and including `version`. */
export interface MemberChanges {
  readonly since: number;
  readonly version: number;
  readonly total: number;
  /** Members that joined or changed. */
  readonly changed: readonly RoomMember[];
  /** Ids of the sessions that left. */
  readonly left: readonly string[];
}

export type ChatEvent =
  | { readonly type: "chat.message"; readonly message: ChatMessage }
  | ({ readonly type: "chat.members"; readonly room: string } & MemberSnapshot)
  | ({ readonly type: "chat.members.changed"; readonly room: string } & MemberChanges)
  | { readonly type: "chat.typing"; readonly room: string; readonly sessionId: string; readonly user: string };

/** The reply to a hello in `connectionParams`: the first event of the first subscription. */
export type WelcomeEvent = { readonly type: "welcome"; readonly room: string | null } & Welcome;

export type PushEvent = Notice | ChatEvent | WelcomeEvent;
