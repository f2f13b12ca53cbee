/**
 * Where messages lie until the server has them: in the browser's storage, shared by all its tabs, for one name in one room. Each has
 * a key of its own, so that two tabs which write at the same time cannot overwrite one another.
 */
import { resolve } from "$app/paths";

export interface OutgoingMessage {
  readonly id: string;
  readonly text: string;
  readonly writtenAtMs: number;
  /** Why the server will not take it, in words; `null` while it is on its way. */
  readonly refusal: string | null;
}

export interface OutboxShelf {
  /** In the order they were written. */
  read(): OutgoingMessage[];
  /** @returns `false` when storage is forbidden or full: the message is only in this page then. */
  put(message: OutgoingMessage): boolean;
  remove(id: string): void;
  /** Calls back when another tab has changed something. @returns a function that stops it. */
  watch(changed: () => void): () => void;
}

/** Of this server: another may be served below another path of the same origin, with rooms of the same names. */
function serverPrefix(): string {
  return `lastbeat.outbox${resolve("/").replace(/\/?$/, "/")}`;
}

/** `open` is called each time, since the property access itself throws where storage is forbidden. */
export function outboxShelf(open: () => Storage, room: string, name: string): OutboxShelf {
  const prefix = `${serverPrefix()}${room}/${JSON.stringify(name)}/`;
  return {
    read: () => readAll(open, prefix),
    put(message) {
      try {
        open().setItem(prefix + message.id, JSON.stringify(message));
        return true;
      } catch {
        return false;
      }
    },
    remove(id) {
      try {
        open().removeItem(prefix + id);
      } catch {
        // Then it was never there.
      }
    },
    watch(changed) {
      // A key of `null` says that everything was cleared.
      const listener = ({ key }: StorageEvent) => {
        if (key === null || key.startsWith(prefix)) changed();
      };
      window.addEventListener("storage", listener);
      return () => window.removeEventListener("storage", listener);
    },
  };
}

/** How many messages under this name wait in a room. */
export function unsentIn(room: string, name: string): number {
  return outboxShelf(() => localStorage, room, name)
    .read()
    .filter(({ refusal }) => refusal === null).length;
}

function readAll(open: () => Storage, prefix: string): OutgoingMessage[] {
  try {
    const storage = open();
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
    return keys
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => parseOutgoing(storage.getItem(key)))
      .sort((a, b) => a.writtenAtMs - b.writtenAtMs);
  } catch {
    return [];
  }
}

function parseOutgoing(text: string | null): OutgoingMessage[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return isOutgoing(value) ? [value] : [];
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is OutgoingMessage {
  if (typeof value !== "object" || value === null) return false;
  const { id, text, writtenAtMs, refusal } = value as Record<string, unknown>;
  const refusable = refusal === null || typeof refusal === "string";
  return typeof id === "string" && typeof text === "string" && typeof writtenAtMs === "number" && refusable;
}
