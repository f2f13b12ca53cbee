/** Procedures for the chat's connection lab: what a page cannot do to its own connection. Requires `lab: true` in the configuration. */
import { failure } from "../contract/errors.ts";
import type { Ok } from "../contract/replies.ts";
import { router, withSession } from "./trpc.ts";

const inLab = withSession.use(({ ctx, next }) => {
  if (!ctx.services.lab) throw failure("not_found", "the lab is disabled on this server");
  return next();
});

export const labRouter = router({
  /** Drops the caller's connection without a close frame, as a broken network would. */
  drop: inLab.mutation(({ ctx }): Ok => {
    ctx.link?.terminate();
    return { ok: true };
  }),
});
