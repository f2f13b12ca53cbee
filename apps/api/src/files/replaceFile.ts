/** Replaces a file in one step, so that a reader sees the old or the new one, and no other user sees either (rule FIL2). */
import { closeSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makePrivateFolder } from "./privateFiles.ts";

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes the text to a draft beside the file and renames it. The draft is created anew: a link that somebody laid in its place is removed,
 * never followed, since this may run as root. A link in place of the file itself is replaced.
 */
export function replaceFile(file: string, text: string): void {
  makePrivateFolder(file);
  const owner = ownerFor(file);
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const opened = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(opened, text);
    if (owner !== null) fchownSync(opened, owner.uid, owner.gid);
    // Otherwise a power cut may leave the new name with nothing in it.
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  renameSync(draft, file);
}

/** Under sudo, root would own a new file and the server could not read it. Use the owner of the old file, or else of the folder. */
function ownerFor(file: string): Owner | null {
  if (process.getuid?.() !== 0) return null;
  return statSync(file, { throwIfNoEntry: false }) ?? statSync(dirname(file));
}
