/** Rules of the server and its client, each broken in one place. The tests must notice every one of them. */
import { decisions } from "./catalogue/decisions.ts";
import { keeper } from "./catalogue/keeper.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [...decisions, ...keeper];
