import type { ChatMessage } from "@lastbeat/api";

export function storedMessage(overrides: Partial<ChatMessage> = {}): ChatMessage {
  const seq = overrides.seq ?? 1;
  return {
    id: `message-${seq}`,
    room: "general",
    sessionId: "session_bruno",
    user: "Bruno",
    person: "bruno",
    text: `text ${seq}`,
    sentAtMs: 1_700_000_000_000 + seq * 1_000,
    seq,
    ...overrides,
  };
}
