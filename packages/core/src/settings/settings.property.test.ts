import fc from "fast-check";
import { expect, it } from "vitest";
import { hasCode } from "../protocol/lastbeatError.ts";
import { settingValue, validSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import { settingsDifference } from "./earlierSettings.ts";
import { type SettingKey, settingFields, settingKeys } from "./fields.ts";
import type { InvalidSettings } from "./settings.ts";
import {
  checkChange,
  defaultSettings,
  fromWritten,
  resolveSettings,
  type Settings,
  toWritten,
  writtenProblem,
} from "./settings.ts";

const key = fc.constantFrom(...settingKeys);
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: settingKeys.length });

/** A value that is invalid for this setting. */
const wrong = (name: SettingKey): fc.Arbitrary<number> => {
  const { min, max, scale, integer } = settingFields[name];
  const outside = [min * scale - 1, max * scale + 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return fc.constantFrom(...outside, ...(integer ? [min + 0.5] : []));
};

const refusalOf = (settings: Partial<Settings>): InvalidSettings | undefined => {
  try {
    resolveSettings(settings);
    return undefined;
  } catch (thrown) {
    if (!hasCode(thrown, "invalid_settings")) throw thrown;
    return thrown as InvalidSettings;
  }
};

const problemsOf = (settings: Partial<Settings>): readonly string[] => {
  return (refusalOf(settings)?.data ?? []).map((problem) => problem.key);
};

it("SET2 valid settings are accepted unchanged, and frozen", () => {
  holds(
    fc.property(validSettings(), (settings) => {
      const resolved = resolveSettings(settings);
      expect(resolved).toEqual(settings);
      expect(Object.isFrozen(resolved)).toBe(true);
    }),
  );
});

it("SET2 omitted settings take their defaults", () => {
  holds(
    fc.property(keys, (left) => {
      const some = Object.fromEntries(
        settingKeys.filter((name) => !left.includes(name)).map((name) => [name, defaultSettings[name]]),
      );
      expect(resolveSettings(some)).toEqual(defaultSettings);
    }),
    50,
  );
});

it("SET2 each field out of range has one message that names it, and no other field has any", () => {
  const broken = keys.chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, wrong(name)]))));
  holds(
    fc.property(validSettings(), broken, (settings, changes) => {
      const found = problemsOf({ ...settings, ...changes });
      expect(found.toSorted()).toEqual(Object.keys(changes).toSorted());
      const paths = Object.keys(changes).map((name) => settingFields[name as SettingKey].path);
      const refusal = refusalOf({ ...settings, ...changes });
      expect(refusal?.message.split("; ")).toHaveLength(paths.length);
      expect(refusal?.issues?.map(({ field }) => field).toSorted()).toEqual(paths.toSorted());
      for (const path of paths) expect(refusal?.message).toContain(`${path}: `);
    }),
    300,
  );
});

it("SET2 for any combination of values in range, each field has at most one message", () => {
  const any = fc.record(Object.fromEntries(settingKeys.map((name) => [name, settingValue(name)]))) as fc.Arbitrary<Settings>;
  holds(
    fc.property(any, (settings) => {
      const found = problemsOf(settings);
      expect(new Set(found).size).toBe(found.length);
      const mayBreak = ["heartbeatPongTimeoutMs", "idleWarningMs", "keepaliveMs", "memorySoft", "memoryOk", "tickMs"];
      expect(found.filter((name) => !mayBreak.includes(name))).toEqual([]);
    }),
  );
});

it("SET1 a value survives being written and read", () => {
  const pair = key.chain((name) => fc.record({ name: fc.constant(name), value: settingValue(name) }));
  holds(
    fc.property(pair, ({ name, value }) => {
      const written = toWritten(name, value);
      expect(writtenProblem(name, written)).toBe(undefined);
      expect(fromWritten(name, written)).toBeCloseTo(value, 6);
    }),
    500,
  );
});

it("SET3 the difference of two settings holds exactly the differing values, and turns one into the other", () => {
  holds(
    fc.property(validSettings(), validSettings(), keys, (before, other, changed) => {
      const after = { ...before, ...Object.fromEntries(changed.map((name) => [name, other[name]])) };
      const difference = settingsDifference(before, after);
      expect({ ...before, ...difference.after }).toEqual(after);
      expect({ ...after, ...difference.before }).toEqual(before);
      for (const name of settingKeys) expect(name in difference.after).toBe(before[name] !== after[name]);
    }),
  );
});

it("SET2 a change is refused for invalid and for non-live fields, with one message per field", () => {
  holds(
    fc.property(validSettings(), validSettings(), (before, after) => {
      let refused: readonly SettingKey[] = [];
      try {
        checkChange(before, after);
      } catch (thrown) {
        refused = ((thrown as InvalidSettings).data ?? []).map((problem) => problem.key);
      }
      expect(refused).toEqual(settingKeys.filter((name) => !settingFields[name].live && before[name] !== after[name]));
    }),
    100,
  );
});
