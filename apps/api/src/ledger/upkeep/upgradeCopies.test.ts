import { existsSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { mayMount, ownDisk } from "../../testing/ownDisk.ts";
import { FIRST_RELEASE, olderDatabase } from "../testing/olderDatabase.ts";
import { scratch } from "../testing/scratchStore.ts";
import { appliedMigrationMs } from "./migrations.ts";
import { copyBeforeUpgrade, upgradeCopies } from "./upgradeCopies.ts";

const AT_MS = Date.UTC(2026, 10, 27, 13, 5, 9);

/** What a file holds: the newest migration and the users of its sessions. */
function contents(file: string) {
  const database = new Database(file, { readonly: true });
  const users = database.prepare("SELECT user FROM sessions ORDER BY id").pluck().all();
  const found = { migration: appliedMigrationMs(database), users };
  database.close();
  return found;
}

describe("a copy before an upgrade", () => {
  it("RUN4 has what the previous version left, under its version and the time, for the owner only", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const before = contents(place.file);
    await (await place.open({ now: () => AT_MS })).close();
    const [copy = ""] = upgradeCopies(place.file);
    expect(basename(copy)).toMatch(/^lastbeat\.db\.from-0\.0\.1-20261127T1305\d\dZ$/);
    expect(contents(copy)).toEqual(before);
    expect(contents(place.file).migration).toBeGreaterThan(before.migration);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(place.lines).toContain(`The database was upgraded; as the previous version left it, it is kept in ${copy}`);
  });

  it("RUN4 is made neither of a new database nor at a start without an upgrade", async () => {
    await using place = scratch();
    await (await place.open()).close();
    await (await place.open()).close();
    expect(upgradeCopies(place.file)).toEqual([]);
  });

  it("RUN4 the newest ones are kept, other files are left alone, and 0 keeps none", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const bystander = `${place.file}.from-somewhere`;
    writeFileSync(bystander, "mine");
    const database = new Database(place.file);
    const copyAt = (hours: number, keep: number) => {
      database.prepare("UPDATE boots SET alive_at_ms = ?").run(AT_MS + hours * 3_600_000);
      return copyBeforeUpgrade(database, { file: place.file, keep, nowMs: AT_MS + hours * 3_600_000 });
    };
    const copies = [0, 1, 2, 3, 4].map((hours) => copyAt(hours, 3));
    expect(upgradeCopies(place.file)).toEqual(copies.slice(2).reverse());
    expect(copyAt(5, 0)).toBeNull();
    expect(upgradeCopies(place.file)).toEqual(copies.slice(2).reverse());
    expect(existsSync(bystander)).toBe(true);
    database.close();
  });

  it("RUN4 is made once of what no server has written to since: an upgrade that fails again and again pushes out no other copy", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const database = new Database(place.file);
    const copies = [0, 1, 2].map((hours) =>
      copyBeforeUpgrade(database, { file: place.file, keep: 3, nowMs: AT_MS + hours * 3_600_000 }),
    );
    expect(new Set(copies).size).toBe(1);
    expect(upgradeCopies(place.file)).toEqual([copies[0]]);
    database.close();
  });

  it.runIf(mayMount())("RUN4 that the disk has no room for stops the start, and the database is as it was", async () => {
    await using place = scratch();
    const folder = join(place.folder, "disk");
    using _disk = ownDisk(folder);
    const file = join(folder, "lastbeat.db");
    olderDatabase({ folder: place.folder, file }, FIRST_RELEASE);
    const before = contents(file);
    const { bavail, bsize } = statfsSync(folder);
    // What is left is enough to open the database, and less than it has.
    writeFileSync(join(folder, "filler"), Buffer.alloc(bavail * bsize - 98_304));
    const refused = place.open({ file });
    await expect(refused).rejects.toThrow(
      /cannot be copied before its upgrade: the disk is full .* set ledger\.upgrade_copies to 0/,
    );
    expect(contents(file)).toEqual(before);
    expect(upgradeCopies(file)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("RUN4 a database of a newer version is refused, with its version and the way back", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    await (await place.open({ bootVersion: "9.1.0" })).close();
    place.sql("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)");
    const bytes = readFileSync(place.file);
    const [copy] = upgradeCopies(place.file);
    await expect(place.open()).rejects.toThrow(
      `was written by Lastbeat 9.1.0, a newer version than this: start that version, or set ledger.file to another file, or go back to a copy from before an upgrade: lastbeat restore ${copy}`,
    );
    expect(readFileSync(place.file).equals(bytes)).toBe(true);
  });
});
