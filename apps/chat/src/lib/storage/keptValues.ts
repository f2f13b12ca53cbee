/**
 * What the browser keeps between visits: the name, drafts, rooms visited and how far each was read. Storage may be forbidden or
 * full; then nothing is kept and the chat works all the same.
 */
export interface KeptValues {
  read(key: string): string | null;
  write(key: string, value: string | null): void;
}

/** Reads and writes under `lastbeat.`; `open` is called each time, since the property access itself throws where it is forbidden. */
export function keptIn(open: () => Storage): KeptValues {
  return {
    read(key) {
      try {
        return open().getItem(`lastbeat.${key}`);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        if (value === null) open().removeItem(`lastbeat.${key}`);
        else open().setItem(`lastbeat.${key}`, value);
      } catch {
        // Kept for this page only.
      }
    },
  };
}

/** Kept in this browser. */
export const kept = keptIn(() => localStorage);
