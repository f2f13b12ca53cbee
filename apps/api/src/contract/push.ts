/** What the server pushes to a client, the same over tRPC (`session.events`) and over the JSON socket. */
import type { Notice } from "@lastbeat/core";

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
  readonly presence: "present" | "suspect" | "suspended";
  readonly joinedAtMs: number;
}

export type ChatEvent =
  | { readonly type: "chat.message"; readonly message: ChatMessage }
  | { readonly type: "chat.members"; readonly room: string; readonly members: readonly RoomMember[] }
  | { readonly type: "chat.typing"; readonly room: string; readonly sessionId: string; readonly user: string };

export type PushEvent = Notice | ChatEvent;
