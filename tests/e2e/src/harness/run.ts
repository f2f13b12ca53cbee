/** This run's folder, shared by all of its test files. */
import { inject } from "vitest";
import { Leftovers } from "./leftovers.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Made before the first test and removed after the last, see `globalSetup.ts`. */
    readonly e2eFolder: string;
  }
}

export const leftovers = new Leftovers(inject("e2eFolder"));
