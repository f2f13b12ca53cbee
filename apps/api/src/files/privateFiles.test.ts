import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Keyring } from "../auth/keyring.ts";
import { TokenFile } from "../auth/tokenFile.ts";
import { lockDatabase } from "../ledger/upkeep/databaseLock.ts";
import { tightenFiles } from "./privateFiles.ts";
import { replaceFile } from "./replaceFile.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
function write(path: string, mode: number): void {
  writeFileSync(path, "words");
  chmodSync(path, mode);
}

describe("files of an earlier version", () => {
  test("FIL1 are tightened with their folder, each with a line", () => {
    chmodSync(folder, 0o755);
    write(at("lastbeat.db"), 0o644);
    write(at("lastbeat.db-wal"), 0o664);
    write(at("lastbeat.db.lock"), 0o600);
    const lines = tightenFiles([at("lastbeat.db")]);
    expect([at(), at("lastbeat.db"), at("lastbeat.db-wal"), at("lastbeat.db.lock")].map(modeOf)).toEqual([
      "700",
      "600",
      "600",
      "600",
    ]);
    expect(lines.map((line) => line.replaceAll(folder, "data"))).toEqual([
      "data/lastbeat.db could be read by others: its mode was 0644 and is 0600 now",
      "data/lastbeat.db-wal could be read by others: its mode was 0664 and is 0600 now",
      "data could be read by others: its mode was 0755 and is 0700 now",
    ]);
    expect(tightenFiles([at("lastbeat.db")])).toEqual([]);
  });

  test("FIL1 are never loosened", () => {
    write(at("app.log"), 0o240);
    write(at("app.log.1"), 0o400);
    chmodSync(folder, 0o500);
    tightenFiles([at("app.log")]);
    expect([at("app.log"), at("app.log.1"), at()].map(modeOf)).toEqual(["200", "400", "500"]);
    chmodSync(folder, 0o700);
  });

  test("FIL1 in a folder with files of others are tightened, the folder and the others are not", () => {
    chmodSync(folder, 0o755);
    write(at("app.log"), 0o644);
    write(at("app.logger"), 0o644);
    write(at("syslog"), 0o644);
    tightenFiles([at("app.log")]);
    expect([at("app.log"), at("app.logger"), at("syslog"), at()].map(modeOf)).toEqual(["600", "644", "644", "755"]);
  });

  test("FIL1 that are links are left alone, and so is what they lead to", () => {
    chmodSync(folder, 0o755);
    mkdirSync(at("elsewhere"));
    write(at("elsewhere", "secret"), 0o644);
    symlinkSync(at("elsewhere", "secret"), at("app.log"));
    expect(tightenFiles([at("app.log")])).toEqual([]);
    expect(modeOf(at("elsewhere", "secret"))).toBe("644");
  });

  test("FIL1 that are not there are no problem", () => {
    expect(tightenFiles([at("none", "app.log"), at("app.log")])).toEqual([]);
  });
});

describe("a file is replaced", () => {
  test("FIL2 without following a link laid in the draft's place", () => {
    write(at("victim"), 0o600);
    for (const name of ["operators.json", "tokens.json", "plain.json"]) symlinkSync(at("victim"), at(`${name}.new`));
    new Keyring(at("operators.json"));
    replaceFile(at("plain.json"), "text");
    return new TokenFile(at("tokens.json"), Date.now).create("reader", ["read"]).then(() => {
      expect(readFileSync(at("victim"), "utf8")).toBe("words");
      expect([at("operators.json"), at("tokens.json"), at("plain.json")].map(modeOf)).toEqual(["600", "600", "600"]);
      expect(existsSync(at("plain.json.new"))).toBe(false);
    });
  });

  test("FIL2 and a link in its own place is replaced, not followed", () => {
    write(at("victim"), 0o600);
    symlinkSync(at("victim"), at("plain.json"));
    replaceFile(at("plain.json"), "text");
    expect([readFileSync(at("victim"), "utf8"), readFileSync(at("plain.json"), "utf8")]).toEqual(["words", "text"]);
  });

  test.each([".lock", "-wal", "-shm", "-journal"])("FIL2 a link laid as the database's %s stops the start", (suffix) => {
    write(at("victim"), 0o600);
    symlinkSync(at("victim"), at(`lastbeat.db${suffix}`));
    expect(() => lockDatabase(at("lastbeat.db"), 1)).toThrow("is a symbolic link, and the server does not follow it: remove it");
    expect(readFileSync(at("victim"), "utf8")).toBe("words");
  });
});
