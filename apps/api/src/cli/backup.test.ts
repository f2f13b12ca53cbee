import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { FIRST_RELEASE, olderDatabase } from "../ledger/testing/olderDatabase.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { copyDatabase } from "../ledger/upkeep/databaseCopy.ts";
import { TestClient } from "../testing/testServer.ts";
import { cli } from "./testing/cliRun.ts";

const roomy = { LASTBEAT_SYSTEM_MAX_SESSIONS: "1000", LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "0" };

async function live(server: ScratchServer, name: string): Promise<TestClient> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.send({ type: "hello", name, room: "general" });
  await client.frame("welcome");
  return client;
}

function usersIn(file: string): unknown[] {
  const database = new Database(file, { readonly: true });
  const users = database.prepare("SELECT user FROM sessions ORDER BY id").pluck().all();
  database.close();
  return users;
}

const partials = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".partial"));

describe("lastbeat backup", () => {
  test("RUN3 copies a database that a server is writing to, and the copy passes verify", async () => {
    await using place = scratch();
    await using server = await startScratchServer(roomy);
    const target = join(place.folder, "backup.db");
    using _first = await live(server, "First");
    let writing = true;
    const writes = (async () => {
      for (let i = 0; writing; i += 1) (await live(server, `user ${i}`))[Symbol.dispose]();
    })();
    // The command runs in this process; one in between lets the clients go on.
    for (let round = 0; round < 5; round += 1) {
      const ran = await cli(["backup", target, "--overwrite", "--db", server.databaseFile]);
      expect(ran).toEqual({ code: 0, out: expect.stringMatching(/: [\d,]+ sessions, [\d,]+ bytes, verified\n$/), err: [] });
      await live(server, `between ${round}`).then((client) => client[Symbol.dispose]());
    }
    writing = false;
    await writes;
    expect((await cli(["verify", "--db", target])).code).toBe(0);
    expect(usersIn(target)).toEqual(expect.arrayContaining(["First", "between 3"]));
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(partials(place.folder)).toEqual([]);
  });

  test("RUN3 replaces no file unless told to, and never the database itself", async () => {
    await using place = scratch();
    await (await place.open()).close();
    const target = join(place.folder, "mine.db");
    writeFileSync(target, "mine");
    const refused = await cli(["backup", target, "--db", place.file]);
    expect(refused).toEqual({ code: 1, out: "", err: [expect.stringMatching(/mine\.db exists: .* --overwrite$/)] });
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect((await cli(["backup", place.file, "--overwrite", "--db", place.file])).code).toBe(2);
    const json = await cli(["backup", target, "--overwrite", "--db", place.file, "--format", "json"]);
    expect(JSON.parse(json.out)).toMatchObject({ file: target, age: "same", violated: [], sessions: 0 });
  });

  test("RUN3 a copy that does not get whole leaves nothing, and what a killed one left is removed", async () => {
    await using place = scratch();
    await (await place.open()).close();
    const target = join(place.folder, "backup.db");
    const database = new Database(place.file, { readonly: true });
    const interrupted = () => {
      throw new Error("interrupted");
    };
    expect(() => copyDatabase(database, target, interrupted)).toThrow("interrupted");
    expect([existsSync(target), partials(place.folder)]).toEqual([false, []]);
    const ofDead = 4_194_303;
    for (const pid of [ofDead, process.ppid]) writeFileSync(`${target}.${pid}.partial`, "half");
    writeFileSync(join(place.folder, `other.db.${ofDead}.partial`), "half");
    copyDatabase(database, target, () => {});
    expect(partials(place.folder).sort()).toEqual([`backup.db.${process.ppid}.partial`, `other.db.${ofDead}.partial`]);
    database.close();
  });

  test("RUN3 a ledger that violates its invariants is copied, and the exit status says so", async () => {
    await using place = scratch();
    await (await place.open()).close();
    place.sql("DROP TRIGGER ends_are_final");
    const target = join(place.folder, "backup.db");
    const { code, out } = await cli(["backup", target, "--db", place.file]);
    expect([code, out]).toEqual([1, expect.stringMatching(/complete, but it violates [\w-]+/)]);
    expect(existsSync(target)).toBe(true);
    const refused = await cli(["restore", target, "--db", place.file]);
    expect(refused).toEqual({
      code: 1,
      out: "",
      err: [expect.stringMatching(/violates [\w-]+: use another backup, or .*--force$/)],
    });
    expect((await cli(["restore", target, "--force", "--db", place.file])).code).toBe(0);
  });

  test("RUN3 says of a database of an older version that only that one can verify it", async () => {
    await using place = scratch();
    olderDatabase(place, FIRST_RELEASE);
    const { code, out } = await cli(["backup", join(place.folder, "backup.db"), "--db", place.file]);
    expect([code, out]).toEqual([0, expect.stringMatching(/2 sessions, .*undamaged; written by an older version/)]);
  });
});

describe("lastbeat restore", () => {
  test("RUN5 is refused while a server runs, with its process id, and changes nothing", async () => {
    await using place = scratch();
    await using server = await startScratchServer(roomy);
    const target = join(place.folder, "backup.db");
    await cli(["backup", target, "--db", server.databaseFile]);
    const { code, err } = await cli(["restore", target, "--db", server.databaseFile]);
    expect([code, err]).toEqual([1, [expect.stringContaining(`in use by process ${server.pid}: stop that server first`)]]);
    using _client = await live(server, "Still served");
    expect(await server.stop()).toBe(0);
    expect(usersIn(server.databaseFile)).toEqual(["Still served"]);
  });

  test("RUN5 after kill -9 the backup is in place, the old database is kept with its log, and the next start is sound", async () => {
    await using place = scratch();
    const target = join(place.folder, "backup.db");
    await using first = await startScratchServer({ ...roomy, LASTBEAT_LEDGER_FILE: place.file });
    using _before = await live(first, "Before");
    expect((await cli(["backup", target, "--db", place.file])).code).toBe(0);
    using _after = await live(first, "After");
    await first.process.end("SIGKILL");
    expect(existsSync(`${place.file}-wal`)).toBe(true);

    const { code, out } = await cli(["restore", target, "--db", place.file, "--format", "json"]);
    expect(code).toBe(0);
    const { kept } = JSON.parse(out) as { kept: string };
    expect(kept).toMatch(/\.before-restore-\d{8}T\d{6}Z$/);
    expect(usersIn(place.file)).toEqual(["Before"]);
    // Its log is in it, so that the one file is all there is to keep.
    expect([`${place.file}-wal`, `${kept}-wal`].filter(existsSync)).toEqual([]);
    expect(usersIn(kept)).toEqual(["Before", "After"]);

    await using second = await startScratchServer({ ...roomy, LASTBEAT_LEDGER_FILE: place.file });
    await eventually(() => expect(second.output()).toContain("1 sessions of a server that died were ended as server_crashed"));
    expect(await second.stop()).toBe(0);
    expect((await cli(["verify", "--db", place.file])).code).toBe(0);
  });

  test("RUN5 replaces a damaged database and keeps it; a damaged backup replaces nothing", async () => {
    await using place = scratch();
    await (await place.open()).close();
    const target = join(place.folder, "backup.db");
    await cli(["backup", target, "--db", place.file]);
    const damaged = readFileSync(place.file).fill(0xff, 0, 4_096);
    writeFileSync(place.file, damaged);
    const broken = join(place.folder, "broken.db");
    copyFileSync(place.file, broken);
    expect((await cli(["restore", broken, "--db", place.file])).code).toBe(1);
    expect(readFileSync(place.file).equals(damaged)).toBe(true);
    // The log of the damaged one must not be taken for the log of the new one.
    writeFileSync(`${place.file}-wal`, "its log");
    const { out } = await cli(["restore", target, "--db", place.file, "--format", "json"]);
    const { kept } = JSON.parse(out) as { kept: string };
    expect(readFileSync(kept).equals(damaged)).toBe(true);
    expect([existsSync(`${place.file}-wal`), readFileSync(`${kept}-wal`, "utf8")]).toEqual([false, "its log"]);
    expect((await cli(["verify", "--db", place.file])).code).toBe(0);
  });

  test("RUN5 makes the database and its folder where there was none", async () => {
    await using place = scratch();
    await (await place.open()).close();
    const target = join(place.folder, "backup.db");
    await cli(["backup", target, "--db", place.file]);
    const empty = join(place.folder, "new/data/lastbeat.db");
    const { code, out } = await cli(["restore", target, "--db", empty]);
    expect([code, out]).toEqual([0, expect.stringMatching(/verified; there was no database before\n$/)]);
    mkdirSync(join(place.folder, "folder.db"));
    expect((await cli(["restore", join(place.folder, "folder.db"), "--db", empty])).code).toBe(1);
  });
});
