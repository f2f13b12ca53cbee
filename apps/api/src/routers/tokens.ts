/** Tokens of programs, for operators. */
import { TRPCError } from "@trpc/server";
import { z } from "zod";
import { TokenRefused } from "../auth/tokenFile.ts";
import { type NewToken, type TokenView, tokenInput } from "../contract/tokens.ts";
import { admin, router } from "./trpc.ts";

export const tokensRouter = router({
  list: admin.query(({ ctx: { services } }): TokenView[] => {
    const list = services.tokens.list();
    const problem = services.tokens.problem();
    if (problem !== null) throw new TRPCError({ code: "CONFLICT", message: problem });
    return list;
  }),

  create: admin.input(tokenInput).mutation(async ({ ctx, input }): Promise<NewToken> => {
    const made = await explained(ctx.services.tokens.create(input.name, input.scope));
    ctx.services.log.info("A token was made", { name: made.name, scope: made.scope, by: ctx.admin });
    return made;
  }),

  /** The next request with it is refused, and what runs with it is cut. */
  revoke: admin.input(z.strictObject({ id: z.string().min(1).max(100) })).mutation(async ({ ctx, input }): Promise<TokenView> => {
    const revoked = await explained(ctx.services.tokens.revoke(input.id));
    if (revoked === null) throw new TRPCError({ code: "NOT_FOUND", message: `no token ${input.id}` });
    ctx.services.signIns.check();
    ctx.services.log.info("A token was revoked", { name: revoked.name, by: ctx.admin });
    return revoked;
  }),
});

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TokenRefused) throw new TRPCError({ code: "CONFLICT", message: error.message, cause: error });
    throw error;
  }
}
