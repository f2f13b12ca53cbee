/** Events pushed to clients, identical over tRPC (`session.events`) and the JSON socket. */
import type { Notice, Welcome } from "@lastbeat/core";

/** A chat message as stored. The client generates `id`, so that a message sent twice is stored once. */
export interface StoredMessage {
  readonly id: string;
  readonly room: string;
  readonly sessionId: string;
  readonly user: string;
  /** Whose message it is; `null` for a guest without a browser id. Not shown to others. */
  readonly userId: string | null;
  readonly text: string;
  /** Wall clock, epoch milliseconds. */
  readonly sentAtMs: number;
  /** Sequence number across all rooms, used to page through the history. */
  readonly seq: number;
}

/** A message as shown to the room. */
export interface ChatMessage extends Omit<StoredMessage, "userId"> {
  /** Who sent it, as in the list of members. */
  readonly person: string;
}

export interface RoomMember {
  readonly sessionId: string;
  readonly user: string;
  /** Shared by all sessions of one person in this room. Does not reveal the user id, and differs between rooms. */
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

/** The user's token expires; a fresh one is awaited by `session.renew`, or in the hello of a new connection. */
export interface TokenExpiring {
  readonly type: "token_expiring";
  readonly expiresInMs: number;
}

export type PushEvent = Notice | ChatEvent | WelcomeEvent | TokenExpiring;
