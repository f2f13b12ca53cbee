/**
 * Keeps the resume ticket over a reload of the page. The ticket is taken out of storage when it is read and put back when the
 * page goes: a duplicated tab copies the storage of a tab that is still open, and would otherwise take its session away.
 */
import type { ResumeTicket } from "./ports.ts";

/** The part of `Storage` that is needed. It may throw, as it does where the user forbids storage. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface ResumeStore {
  /** The ticket kept, which is no longer kept then; `null` when there is none or it cannot be read. */
  take(): ResumeTicket | null;
  put(ticket: ResumeTicket): void;
}

export function createResumeStore(storage: KeyValueStore, key: string): ResumeStore {
  return {
    take() {
      try {
        const text = storage.getItem(key);
        storage.removeItem(key);
        return text === null ? null : parseTicket(text);
      } catch {
        return null;
      }
    },
    put({ sessionId, token }) {
      try {
        storage.setItem(key, JSON.stringify({ sessionId, token }));
      } catch {
        // Without storage a reload opens a new session, which is all that is lost.
      }
    },
  };
}

function parseTicket(text: string): ResumeTicket | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return null;
  const { sessionId, token } = value as Record<string, unknown>;
  return typeof sessionId === "string" && typeof token === "string" ? { sessionId, token } : null;
}
