import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "@lastbeat/core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { mayMount, ownDisk } from "../testing/ownDisk.ts";
import type { StoreOpenError } from "./storeErrors.ts";
import { type Scratch, scratch } from "./testing/scratchStore.ts";

async function refusal(place: Scratch, file = place.file): Promise<StoreOpenError> {
  const error = await place.open({ file }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(hasCode(error, "database_unusable")).toBe(true);
  expect((error as StoreOpenError).message).not.toContain("\n");
  return error as StoreOpenError;
}

describe("opening the store", () => {
  it("LED2 refuses a second server on the same database and names the process that holds it", async () => {
    await using place = scratch();
    const first = await place.open();
    const error = await refusal(place);
    expect(error).toMatchObject({ data: { problem: "in_use", holderPid: process.pid } });
    expect(error.message).toContain(`in use by process ${process.pid}`);
    await first.close();
    await (await place.open()).close();
  });

  it("leaves a file that is not a database unchanged and names it", async () => {
    await using place = scratch();
    const bytes = Buffer.from("this is somebody's diary, not a database\n".repeat(200));
    writeFileSync(place.file, bytes);
    const error = await refusal(place);
    expect(error.data?.problem).toBe("damaged");
    expect(error.message).toContain(place.file);
    expect(readFileSync(place.file).equals(bytes)).toBe(true);
  });

  it("leaves a database whose pages are damaged as it is", async () => {
    await using place = scratch();
    await (await place.open()).close();
    const bytes = readFileSync(place.file);
    bytes.fill(0xff, 100, 4_096);
    writeFileSync(place.file, bytes);
    expect((await refusal(place)).data?.problem).toBe("damaged");
    expect(readFileSync(place.file).equals(bytes)).toBe(true);
  });

  it("refuses another program's database", async () => {
    await using place = scratch();
    const other = new Database(place.file);
    other.exec("CREATE TABLE songs (title TEXT)");
    other.close();
    expect((await refusal(place)).data?.problem).toBe("not_ours");
    expect(place.sql("SELECT name FROM sqlite_schema")).toEqual([{ name: "songs" }]);
  });

  it("refuses a database that a newer version has written", async () => {
    await using place = scratch();
    await (await place.open()).close();
    place.sql("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)");
    expect((await refusal(place)).data?.problem).toBe("too_new");
  });

  it("says in one line that it cannot write where the database should be", async () => {
    await using place = scratch();
    const notAFolder = join(place.folder, "file");
    writeFileSync(notAFolder, "");
    const inAFile = await refusal(place, join(notAFolder, "lastbeat.db"));
    expect(inAFile.data?.problem).toBe("not_writable");
    mkdirSync(join(place.folder, "folder.db"));
    const aFolder = await refusal(place, join(place.folder, "folder.db"));
    expect(aFolder.data?.problem).toBe("not_writable");
    expect(aFolder.message).toContain("folder.db");
  });

  it.runIf(mayMount())("LED6 says in one line that the place is read-only, and changes nothing there", async () => {
    await using place = scratch();
    const folder = join(place.folder, "disk");
    using disk = ownDisk(folder);
    const file = join(folder, "lastbeat.db");
    await (await place.open({ file })).close();
    const bytes = readFileSync(file);
    disk.makeReadOnly();
    const error = await refusal(place, file);
    expect(error.data?.problem).toBe("not_writable");
    expect(error.message).toContain(file);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("makes the folder when it does not exist", async () => {
    await using place = scratch();
    const store = await place.open({ file: join(place.folder, "a/b/lastbeat.db") });
    expect(await store.revisions.current()).toEqual({ revision: 0, values: {} });
  });
});
