/** What the server pushes to a client, the same over tRPC (`session.events`) and over the JSON socket. */
import type { Notice, Welcome } from "@lastbeat/core";

/** A chat message as stored. `id` is made by the client, so that a message sent twice is stored once. */
export interface ChatMessage {
  readonly id: string;
  readonly room: string;
  readonly sessionId: string;
  readonly user: string;
  readonly text: string;
  /** Wall clock, epoch milliseconds. */
  readonly sentAtMs: number;
  /** Order within all rooms; history pages by it. */
  readonly seq: number;
}

export interface RoomMember {
  readonly sessionId: string;
  readonly user: string;
  /** The same for all sessions of one name in one browser, in this room only; says nothing else about either. */
  readonly person: string;
  readonly presence: "present" | "suspect" | "suspended";
  readonly joinedAtMs: number;
}

/** Who is in a room: all that is listed, in the order of joining. */
export interface MemberSnapshot {
  /** Counts what happened to the members; `chat.members.changed` goes on from it. */
  readonly version: number;
  /** Sessions in the room, also those beyond the longest list. */
  readonly total: number;
  readonly members: readonly RoomMember[];
}

/** What happened to a room's members after version `since`, up to `version`. */
export interface MemberChanges {
  readonly since: number;
  readonly version: number;
  readonly total: number;
  /** Who came, or is otherwise than before. */
  readonly changed: readonly RoomMember[];
  /** Ids of the sessions that went. */
  readonly left: readonly string[];
}

export type ChatEvent =
  | { readonly type: "chat.message"; readonly message: ChatMessage }
  | ({ readonly type: "chat.members"; readonly room: string } & MemberSnapshot)
  | ({ readonly type: "chat.members.changed"; readonly room: string } & MemberChanges)
  | { readonly type: "chat.typing"; readonly room: string; readonly sessionId: string; readonly user: string };

/** What a hello by `connectionParams` is answered with: the first event of the first subscription. */
export type WelcomeEvent = { readonly type: "welcome"; readonly room: string | null } & Welcome;

export type PushEvent = Notice | ChatEvent | WelcomeEvent;
