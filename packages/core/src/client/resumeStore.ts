/**
 * Keeps the resume ticket across a page reload. The ticket is removed from storage when it is read and put back when the page is
 * left: a duplicated tab copies the storage of a tab that is still open, and would otherwise take over its session.
 */
import type { ResumeTicket } from "./ports.ts";

/** The part of `Storage` that is needed. It may throw, as it does when the user blocks storage. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface ResumeStore {
  /** Removes and returns the stored ticket; `null` when there is none or it cannot be read. */
  take(): ResumeTicket | null;
  put(ticket: ResumeTicket): void;
}

export function createResumeStore(storage: KeyValueStore, key: string): ResumeStore {
  return {
    take() {
      try {
        const text = storage.getItem(key);
        storage.removeItem(key);
        return parseTicket(text ?? "null");
      } catch {
        return null;
      }
    },
    put({ sessionId, token }) {
      try {
        storage.setItem(key, JSON.stringify({ sessionId, token }));
      } catch {
        // Without storage, a reload opens a new session; nothing else is lost.
      }
    },
  };
}

/** @throws {Error} when it is not JSON, or `null`. */
function parseTicket(text: string): ResumeTicket | null {
  const { sessionId, token } = JSON.parse(text) as Record<string, unknown>;
  return typeof sessionId === "string" && typeof token === "string" ? { sessionId, token } : null;
}
