/** How the ledger is written and kept. */
import type { Mutation } from "../mutation.ts";

const write = (name: string) => `apps/api/src/ledger/write/${name}.ts`;
const upkeep = (name: string) => `apps/api/src/ledger/upkeep/${name}.ts`;

const groupTests = ["apps/api/src/ledger/write", "apps/api/src/ledger/threadDeaths.test.ts", upkeep("retention.test")];
const retentionTests = [upkeep("retention.test")];

export const ledger: readonly Mutation[] = [
  {
    rule: "LED1",
    does: "takes a group whose transaction failed for stored",
    file: write("groupWriter"),
    find: '    storedAs: (number) => (number === stored ? JSON.parse(refusedOf.get(boot) ?? "[]") : null),\n',
    replace:
      '    storedAs(number) {\n      if (number === stored) return JSON.parse(refusedOf.get(boot) ?? "[]");\n      stored = number;\n      return null;\n    },\n',
    tests: groupTests,
  },
  {
    rule: "LED2",
    does: "stores a group again whose answer was lost",
    file: write("groupWriter"),
    find: "    numbers.note(number, outcomes, nowMs());\n",
    replace: "    nowMs();\n",
    tests: groupTests,
  },
  {
    rule: "LED2",
    does: "forgets what it refused of a group whose answer was lost",
    file: write("groupWriter"),
    find: 'outcomes.filter((outcome) => "error" in outcome)',
    replace: "outcomes.slice(0, 0)",
    tests: groupTests,
  },
  {
    rule: "LED8",
    does: "counts the ends of a group that failed",
    file: write("groupWriter"),
    find: "        ends.forget();\n",
    replace: "",
    tests: groupTests,
  },
  {
    rule: "LED5",
    does: "lets one record that cannot be stored hold up all others",
    file: write("groupWriter"),
    find: "    if (isRecordError(thrown)) return unstorable(at, thrown);\n",
    replace: "",
    tests: groupTests,
  },
  {
    rule: "LED5",
    does: "loses the other ends of a statement in which one cannot be stored",
    file: write("batchInsert"),
    find: "          oneByOne(at, size);\n",
    replace: "          for (let one = at; one < at + size; one += 1) refused(one, thrown);\n",
    tests: groupTests,
  },
  {
    rule: "LED5",
    does: "reports an end as recorded that cannot be stored",
    file: write("queuedLedger"),
    find: "    this.#reject(this.unstorable(outcome));\n",
    replace: "    this.#resolve();\n",
    tests: groupTests,
  },
  {
    rule: "LED8",
    does: "removes an end that happened right at the limit",
    file: upkeep("retention"),
    find: "WHERE e.id < ? ORDER BY",
    replace: "WHERE e.id <= ? ORDER BY",
    tests: retentionTests,
  },
  {
    rule: "LED8",
    does: "removes an event of the server that happened right at the limit",
    file: upkeep("retention"),
    find: "WHERE session_id IS NULL AND at_ms < ?",
    replace: "WHERE session_id IS NULL AND at_ms <= ?",
    tests: retentionTests,
  },
  {
    rule: "LED8",
    does: "removes a message that was sent right at the limit",
    file: upkeep("retention"),
    find: "WHERE sent_at_ms < ?",
    replace: "WHERE sent_at_ms <= ?",
    tests: retentionTests,
  },
  {
    rule: "LED8",
    does: "promises again what it has removed, when the clock goes back",
    file: upkeep("retention"),
    find: "kept_from_ms = ? WHERE kept_from_ms < ?",
    replace: "kept_from_ms = ? WHERE ? >= 0",
    tests: retentionTests,
  },
];
