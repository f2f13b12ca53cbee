/**
 * Keeps what the server writes from other users of the machine (rule FIL1): its files hold what people wrote, and keys. New files are
 * made so by the umask; those of earlier versions are tightened at the start. Nothing is ever loosened.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Permissions of the group and of others. */
const FOREIGN = 0o077;

/** Makes every file that this process creates from now on its user's own. A stricter umask stays. Threads share it and cannot set it. */
export function setPrivateUmask(): void {
  process.umask(process.umask() | FOREIGN);
}

/** Makes the folder of a file and those above it, for this user only. Existing ones stay as they are. */
export function makePrivateFolder(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
}

/**
 * Takes the permissions of others off the files that begin with one of these paths, as `app.log` and `app.log.1` do, and off their folder
 * if it holds nothing else. What belongs to another user, a folder that is shared (`/var/log`) and what a link leads to is left alone.
 * @returns a line for the log about each.
 */
export function tightenFiles(paths: readonly string[]): string[] {
  const lines: string[] = [];
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const names = paths.filter((path) => dirname(path) === folder).map((path) => basename(path));
    const isOurs = (entry: string) =>
      names.some((name) => entry === name || entry.startsWith(`${name}.`) || entry.startsWith(`${name}-`));
    const entries = entriesOf(folder);
    const ours = entries.filter(isOurs);
    const found = ours.flatMap((entry) => tightened(join(folder, entry), FILE_MODE, (stats) => stats.isFile()));
    if (ours.length > 0 && ours.length === entries.length)
      found.push(...tightened(folder, FOLDER_MODE, (stats) => stats.isDirectory()));
    lines.push(...found);
  }
  return lines;
}

export function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function tightened(path: string, most: number, isRight: (stats: Stats) => boolean): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  // Windows has neither users nor permissions of this kind.
  if (stats === undefined || !isRight(stats) || stats.uid !== process.getuid?.() || (stats.mode & FOREIGN) === 0) return [];
  const mode = stats.mode & 0o777;
  try {
    chmodSync(path, mode & most);
    return [`${path} could be read by others: its mode was ${octal(mode)} and is ${octal(mode & most)} now`];
  } catch (error) {
    return [`${path} can be read by others (mode ${octal(mode)}), and this could not be changed: ${(error as Error).message}`];
  }
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
