/** A router with one procedure for everything that a transport may have to carry. */
import { initTRPC, type TRPCDataTransformer, TRPCError, tracked } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { z } from "zod";

export interface TestContext {
  readonly user: string;
}

/** What a test sees of the server besides its frames. */
export type Told = string[];

/** As JSON has them. */
export const unchanged: TRPCDataTransformer = { serialize: (data) => data, deserialize: (data) => data };

export function createTestRouter(told: Told, transformer = unchanged) {
  const t = initTRPC.context<TestContext>().create({
    transformer,
    isDev: false,
    errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, cause: error.cause?.name ?? null } }),
  });
  const { procedure } = t;

  const queries = {
    hello: procedure.input(z.string().optional()).query(({ input }) => `hello ${input ?? "all"}`),
    who: procedure.query(({ ctx }) => ctx.user),
    place: procedure.query(({ batchIndex }) => batchIndex),
    nothing: procedure.query(() => undefined),
    bigint: procedure.query(() => 1n as unknown as string),
    add: procedure.input(z.object({ a: z.number(), b: z.number() })).mutation(({ input }) => input.a + input.b),
    missing: procedure.query(() => {
      throw new TRPCError({ code: "NOT_FOUND", message: "no such thing" });
    }),
    broken: procedure.mutation(() => {
      throw new RangeError("broken");
    }),
    stream: procedure.query(async function* () {
      yield 1;
    }),
  };

  const subscriptions = {
    observable: procedure.subscription(() =>
      observable<number>((observer) => {
        for (const each of [1, 2, 3]) observer.next(each);
        observer.complete();
      }),
    ),
    observableFails: procedure.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.error(new TRPCError({ code: "CONFLICT", message: "taken" }));
      }),
    ),
    observableForever: procedure.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        return () => told.push("observable torn down");
      }),
    ),
    generator: procedure.input(z.number().default(3)).subscription(async function* ({ input }) {
      for (let at = 1; at <= input; at += 1) yield at;
    }),
    generatorFails: procedure.subscription(async function* () {
      yield 1;
      throw new RangeError("broken");
    }),
    forever: procedure.subscription(async function* ({ signal }) {
      try {
        yield 1;
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
        told.push("aborted");
      } finally {
        told.push("generator returned");
      }
    }),
    tracked: procedure
      .input(z.object({ lastEventId: z.string().optional(), until: z.number() }).partial())
      .subscription(async function* ({ input, signal }) {
        const first = Number(input.lastEventId ?? 0) + 1;
        for (let at = first; at <= first + 1; at += 1) yield tracked(String(at), { at });
        if (first + 1 >= (input.until ?? 4)) return;
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
      }),
    noStream: procedure.subscription(() => "text" as unknown as AsyncGenerator<number>),
    refused: procedure.subscription(() => {
      throw new TRPCError({ code: "FORBIDDEN", message: "not yours" });
    }),
  };
  return t.router({ ...queries, on: t.router(subscriptions) });
}

export type TestRouter = ReturnType<typeof createTestRouter>;
