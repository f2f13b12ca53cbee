/** Wrong behaviours of webhooks. */
import type { Mutation } from "../mutation.ts";

const of = (name: string) => `apps/api/src/webhooks/${name}.ts`;
const outboxTests = [of("outbox.test")];

export const webhooks: readonly Mutation[] = [
  {
    rule: "WHK1",
    does: "writes an end without its deliveries",
    file: "apps/api/src/ledger/write/endWriter.ts",
    find: "    deliveries.write();\n",
    replace: "",
    tests: outboxTests,
  },
  {
    rule: "WHK2",
    does: "removes an end that a webhook has yet to be told",
    file: "apps/api/src/ledger/upkeep/retention.ts",
    find: "untold.get(before, JSON.stringify(webhooks)) ?? before",
    replace: "before",
    tests: outboxTests,
  },
  {
    rule: "WHK2",
    does: "forgets what was delivered when its report cannot be stored",
    file: of("lane"),
    find: "        this.#delivered.push(...delivered);\n",
    replace: "        for (const id of delivered) this.#inHand.delete(id);\n",
    tests: [of("lane.test")],
  },
  {
    rule: "WHK3",
    does: "never gives up",
    file: of("retryPlan"),
    find: "refusedForGood || nowMs - createdAtMs >= GIVE_UP_AFTER_MS",
    replace: "refusedForGood",
    tests: [of("retryPlan.test")],
  },
  {
    rule: "WHK4",
    does: "tries everything that waits for a receiver that is down",
    file: of("pace"),
    find: "if (!this.isDown) return AT_ONCE - underWay;",
    replace: "if (!this.isDown || nowMs >= 0) return AT_ONCE - underWay;",
    tests: [of("retryPlan.test"), of("lane.test")],
  },
  {
    rule: "WHK5",
    does: "leaves the moment out of the signature",
    file: of("signature"),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    find: ".update(`${seconds}.${body}`)",
    replace: ".update(body)",
    tests: [of("poster.test")],
  },
  {
    rule: "WHK7",
    does: "holds as many deliveries as wait",
    file: of("lane"),
    find: "Math.min(this.pace.room(this.#underWay, nowMs()), IN_HAND - this.#inHand.size)",
    replace: "this.pace.room(this.#underWay, nowMs())",
    tests: [of("lane.test")],
  },
];
