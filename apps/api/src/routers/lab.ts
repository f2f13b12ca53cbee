/** The chat's connection lab: what a page cannot do to its own connection by itself. Only where the configuration says `lab: true`. */
import { TRPCError } from "@trpc/server";
import type { Ok } from "../contract/replies.ts";
import { router, withSession } from "./trpc.ts";

const inLab = withSession.use(({ ctx, next }) => {
  if (!ctx.services.lab) throw new TRPCError({ code: "NOT_FOUND", message: "this server has no lab: its configuration says so" });
  return next();
});

export const labRouter = router({
  /** Drops the caller's connection without a close frame, as a broken network would. */
  drop: inLab.mutation(({ ctx }): Ok => {
    ctx.link?.terminate();
    return { ok: true };
  }),
});
