import { createSessionKeeper, type LastbeatError, type SessionKeeper, settingKeys } from "@lastbeat/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ErrorData } from "../contract/errors.ts";
import type { RevisionStore } from "../ledger/store.ts";
import { createMemoryStore } from "../testing/memoryStore.ts";
import { createSettingsService, type SettingsService, type WrittenValues } from "./settingsService.ts";

let keeper: SessionKeeper;
let revisions: RevisionStore;
let settings: SettingsService;
beforeEach(() => {
  keeper = createSessionKeeper({ settings: { heartbeatIntervalMs: 25_000, maxSessions: 50 } });
  ({ revisions } = createMemoryStore());
  settings = createSettingsService({
    keeper,
    revisions,
    preset: "production",
    sources: { heartbeatIntervalMs: "file", maxSessions: "operator" },
    savedKeys: ["maxSessions"],
    now: () => 42,
  });
});
afterEach(() => keeper.close());

const save = (values: WrittenValues, basedOnRevision = 0) =>
  settings.save({ basedOnRevision, values }, { name: "Olga", address: "" });

describe("the settings service", () => {
  test("SET1 shows every setting with its written value and source", () => {
    const view = settings.view();
    expect(view.settings.map(({ key }) => key)).toEqual(settingKeys);
    const shown = Object.fromEntries(view.settings.map(({ key, value, source }) => [key, [value, source]]));
    expect(shown).toMatchObject({
      heartbeatIntervalMs: [25, "file"],
      maxSessions: [50, "operator"],
      heartbeatMaxFailures: [3, "default"],
    });
  });

  test("SET3 a save is a numbered revision with author, time, before and after, and is in force at once", async () => {
    expect(await save({ heartbeatIntervalMs: 20, heartbeatPongTimeoutMs: 10, maxSessions: 50 })).toMatchObject({ revision: 1 });
    expect(await revisions.list(10)).toEqual([
      {
        revision: 1,
        author: "Olga",
        atMs: 42,
        before: { heartbeatIntervalMs: 25_000, heartbeatPongTimeoutMs: 20_000 },
        after: { heartbeatIntervalMs: 20_000, heartbeatPongTimeoutMs: 10_000 },
      },
    ]);
    expect(keeper.settings.heartbeatIntervalMs).toBe(20_000);
  });

  test("SET3 the second of two saves on one revision is refused with the settings in force", async () => {
    const [first, second] = await Promise.allSettled([save({ maxSessions: 60 }), save({ maxSessions: 70 })]);
    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ status: "rejected", reason: { code: "conflict", data: { current: { revision: 1 } } } });
    expect(keeper.settings.maxSessions).toBe(60);
  });

  test("SET3 any earlier revision can be restored as a new revision; those in between remain", async () => {
    await save({ heartbeatIntervalMs: 20, maxSessions: 60 });
    await save({ heartbeatIntervalMs: 22 }, 1);
    await save({ maxSessions: 70 }, 2);

    expect(await settings.restore({ revision: 1, basedOnRevision: 3 }, { name: "Ada", address: "" })).toMatchObject({
      revision: 4,
    });
    expect(keeper.settings).toMatchObject({ heartbeatIntervalMs: 20_000, maxSessions: 60 });
    expect((await revisions.list(1))[0]).toMatchObject({
      author: "Ada",
      before: { heartbeatIntervalMs: 22_000, maxSessions: 70 },
      after: { heartbeatIntervalMs: 20_000, maxSessions: 60 },
    });

    expect(await settings.restore({ revision: 0, basedOnRevision: 4 }, { name: "Ada", address: "" })).toMatchObject({
      revision: 5,
    });
    expect(keeper.settings).toMatchObject({ heartbeatIntervalMs: 25_000, maxSessions: 50 });
    expect(await revisions.list(10)).toHaveLength(5);
  });

  test("SET3 restoring on a stale revision, or to the current or an unknown one, is refused", async () => {
    await save({ maxSessions: 60 });
    const restore = (revision: number, basedOnRevision: number) =>
      settings.restore({ revision, basedOnRevision }, { name: "Ada", address: "" });
    await expect(restore(0, 0)).rejects.toMatchObject({ code: "conflict", data: { current: { revision: 1 } } });
    await expect(restore(1, 1)).rejects.toThrow("no such revision: 1 is not before revision 1");
    await expect(restore(9, 1)).rejects.toMatchObject({ code: "not_found" });
    const [first, second] = await Promise.allSettled([restore(0, 1), save({ maxSessions: 80 }, 1)]);
    expect([first.status, second.status]).toEqual(["fulfilled", "rejected"]);
    expect(keeper.settings.maxSessions).toBe(50);
  });

  test("a save that changes nothing creates no revision", async () => {
    expect(await save({ maxSessions: 50 })).toMatchObject({ revision: 0 });
    expect(await revisions.list(10)).toEqual([]);
  });

  test.each<[string, WrittenValues, string[]]>([
    ["a value out of range", { heartbeatIntervalMs: 0 }, ["heartbeatIntervalMs"]],
    [
      "values that are no numbers",
      { maxSessions: "5" as unknown as number, memorySoft: null as unknown as number },
      ["maxSessions", "memorySoft"],
    ],
    ["SET2 a pong timeout longer than the interval", { heartbeatIntervalMs: 10 }, ["heartbeatPongTimeoutMs"]],
    ["a setting that only a restart can change", { tickMs: 50 }, ["tickMs"]],
  ])("%s is refused, with one message per field", async (_, values, keys) => {
    const before = keeper.settings;
    const error = await save(values).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "invalid_settings" });
    expect((error as LastbeatError<string, ErrorData>).data?.problems?.map(({ key }) => key)).toEqual(keys);
    expect(keeper.settings).toEqual(before);
    expect(() => settings.preview(values)).toThrow();
  });

  test("SET4 a preview changes nothing", () => {
    expect(settings.preview({ heartbeatIntervalMs: 60 })).toMatchObject({ heartbeatBoundMs: 120_100 });
    expect(keeper.settings.heartbeatIntervalMs).toBe(25_000);
  });

  test("a revision that could not be written does not take effect", async () => {
    revisions.append = () => Promise.reject(new Error("disk full"));
    await expect(save({ maxSessions: 60 })).rejects.toThrow("disk full");
    expect(keeper.settings.maxSessions).toBe(50);
    revisions.append = async () => {};
    expect(await save({ maxSessions: 60 })).toMatchObject({ revision: 1 });
  });
});
