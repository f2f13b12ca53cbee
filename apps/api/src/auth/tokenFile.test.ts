import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TokenFile } from "./tokenFile.ts";

let folder: string;
let nowMs: number;
const file = () => join(folder, "data/tokens.json");
const open = () => new TokenFile(file(), () => nowMs);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-tokens-"));
  nowMs = 1_000_000;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("tokens", () => {
  test("are stored as a hash, in a file that only the server's user can read", async () => {
    const { token } = await open().create("ci", ["read"]);
    expect(token).toMatch(/^lb_[\w-]{43}$/);
    expect(readFileSync(file(), "utf8")).not.toContain(token.slice(3));
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file()}.lock`)).toBe(false);
  });

  test("are known to a running server at once, and so is a revocation", async () => {
    const [server, commandLine] = [open(), open()];
    expect(server.list()).toEqual([]);
    const { token, id } = await commandLine.create("ci", ["operate"]);
    expect(server.find(token)).toMatchObject({
      id,
      name: "ci",
      scopes: ["sessions:read", "sessions:end", "history:read", "metrics:read"],
      createdAtMs: 1_000_000,
      lastUsedAtMs: null,
    });
    await commandLine.revoke(id);
    expect(server.find(token)).toBeNull();
  });

  test("are known only whole", async () => {
    const tokens = open();
    const { token } = await tokens.create("ci", ["read"]);
    for (const other of ["", "lb_", token.slice(0, -1), `${token}x`, token.toUpperCase()]) expect(tokens.find(other)).toBeNull();
  });

  test("remember their last use, written once a minute", async () => {
    const tokens = open();
    const { token } = await tokens.create("ci", ["read"]);
    const use = async () => {
      const found = tokens.find(token);
      if (found !== null) await tokens.noteUse(found);
      return open().list()[0]?.lastUsedAtMs;
    };
    expect(await use()).toBe(1_000_000);
    nowMs += 59_000;
    expect(await use()).toBe(1_000_000);
    nowMs += 1_000;
    expect(await use()).toBe(1_060_000);
  });

  test("have names of their own", async () => {
    await open().create("ci", ["read"]);
    await expect(open().create("ci", ["read"])).rejects.toThrow("a token named ci exists; revoke it first");
    expect(await open().revoke("nobody")).toBeNull();
  });

  test("OPS9 end when they expire, also for what is under way, and say so", async () => {
    const { token, id } = await open().create("nightly", ["sessions:read"], nowMs + 1_000);
    const server = open();
    const state = () => [server.isKnown(id), server.list().map((one) => server.isExpired(one))];
    expect(state()).toEqual([true, [false]]);
    nowMs += 1_000;
    expect(state()).toEqual([false, [true]]);
    expect(server.find(token)?.name).toBe("nightly");
  });

  test("OPS9 of earlier versions have the rights that their scope stood for, and never expire", async () => {
    const { token } = await open().create("old", ["operate"]);
    const written = JSON.parse(readFileSync(file(), "utf8"));
    const [{ scopes: _, expiresAtMs: __, ...old }] = written.tokens;
    writeFileSync(file(), JSON.stringify({ tokens: [{ ...old, scope: "operate" }] }));
    const rights = ["sessions:read", "sessions:end", "history:read", "metrics:read"];
    expect(open().find(token)).toMatchObject({ scopes: rights, expiresAtMs: null });
  });

  test("created concurrently are all kept", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => open().create(`t${at}`, ["read"])));
    expect(open().list()).toHaveLength(20);
  });

  test("in a damaged file grant no access, and the file is not overwritten", async () => {
    const { token } = await open().create("ci", ["read"]);
    writeFileSync(file(), "{broken");
    expect(open().find(token)).toBeNull();
    await expect(open().create("new", ["read"])).rejects.toThrow("is damaged");
    expect(readFileSync(file(), "utf8")).toBe("{broken");
  });

  // A folder in its place cannot be read, not even by root.
  test.each(["damaged", "unreadable"])("of a file that is %s: told of once, and open again when it is mended", async (kind) => {
    const { token } = await open().create("ci", ["read"]);
    const whole = readFileSync(file());
    const problems: string[] = [];
    const server = new TokenFile(
      file(),
      () => nowMs,
      (problem) => void problems.push(problem),
    );
    expect([server.find(token)?.name, server.problem()]).toEqual(["ci", null]);
    rmSync(file());
    if (kind === "damaged") writeFileSync(file(), "{broken");
    else mkdirSync(file());
    expect([server.find(token), server.find(token), server.list()]).toEqual([null, null, []]);
    const problem = kind === "damaged" ? "is damaged: repair it" : "cannot be read (EISDIR)";
    expect(problems).toEqual([expect.stringContaining(`${file()} ${problem}`)]);
    expect(server.problem()).toBe(problems[0]);
    await expect(open().create("new", ["read"])).rejects.toThrow(problem);
    rmSync(file(), { recursive: true });
    writeFileSync(file(), whole);
    expect([server.find(token)?.name, server.problem(), problems.length]).toEqual(["ci", null, 1]);
  });

  describe.skipIf(process.getuid?.() !== 0)("made by root", () => {
    const owner = () => [statSync(file()).uid, statSync(file()).gid, statSync(file()).mode & 0o777];

    test("stay in a file of the one who had it", async () => {
      await open().create("ci", ["read"]);
      chownSync(file(), 1234, 2345);
      await open().create("new", ["read"]);
      expect(owner()).toEqual([1234, 2345, 0o600]);
      await open().revoke("new");
      expect(owner()).toEqual([1234, 2345, 0o600]);
    });

    test("are, when they are the first, in a file of the one who has the folder", async () => {
      mkdirSync(join(folder, "data"));
      chownSync(join(folder, "data"), 1234, 2345);
      await open().create("ci", ["read"]);
      expect(owner()).toEqual([1234, 2345, 0o600]);
    });
  });

  test("are never written through a link that lies in the way", async () => {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "other"), "untouched");
    symlinkSync(join(folder, "other"), `${file()}.new`);
    await open().create("ci", ["read"]);
    expect(readFileSync(join(folder, "other"), "utf8")).toBe("untouched");
    expect(open().list()).toHaveLength(1);
  });

  test("can be made although a process died while it changed them", async () => {
    await open().create("ci", ["read"]);
    writeFileSync(`${file()}.lock`, "");
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(`${file()}.lock`, longAgo, longAgo);
    await open().create("new", ["read"]);
    expect(open().list()).toHaveLength(2);
  });
});
