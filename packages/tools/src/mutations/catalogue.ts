/** The mutation catalogue: rules of the server and its client, each broken in one place. The tests must catch every mutant. */
import { decisions } from "./catalogue/decisions.ts";
import { evidence } from "./catalogue/evidence.ts";
import { keeper } from "./catalogue/keeper.ts";
import { ledger } from "./catalogue/ledger.ts";
import { seeing } from "./catalogue/seeing.ts";
import { transports } from "./catalogue/transports.ts";
import { webhooks } from "./catalogue/webhooks.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  ...decisions,
  ...keeper,
  ...evidence,
  ...transports,
  ...ledger,
  ...seeing,
  ...webhooks,
];
