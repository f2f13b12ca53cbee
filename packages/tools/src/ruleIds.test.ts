import { expect, it } from "vitest";
import { RuleIds, rulesOf } from "./ruleIds.ts";

const rules = rulesOf(
  "# Rules\n\n- **HB1** The first beat.\n- **HB2** Any frame, see **HB9**.\n- **SES1** A session.\nno rule: **TO1**\n",
);
const ids = new RuleIds(rules);

it("a specification's rules are the ids that begin its list items", () => {
  expect([...rules]).toEqual(["HB1", "HB2", "SES1"]);
});

it.each([
  ["// Drawn at random (rules HB1 and SES1).", ["HB1", "SES1"]],
  ["(rules HB), TO1, XHB1, HB1x", []],
])("%s names %j", (text, named) => expect(ids.namedIn(text)).toEqual(named));

it("an id that belongs to no rule is reported", () => {
  expect(ids.unknownIn("HB2 HB3 SES1")).toEqual(["HB3"]);
});

it.each([
  ["rule HB 2", ["HB 2"]],
  ["rule SES-1", ["SES-1"]],
  ["rules HB1, 2 and 5", ["HB1, 2 and 5"]],
  ["rules HB1 and 2", ["HB1 and 2"]],
  ["rules HB1, HB2 and SES1", []],
  ["HB1 60 sessions, HB2, 60 sessions", []],
])("%s misspells %j", (text, misspelt) => expect(ids.misspeltIn(text)).toEqual(misspelt));
