/** Procedures on API tokens, for operators. */
import { z } from "zod";
import { failure } from "../contract/errors.ts";
import { expiryAfter, type NewToken, type TokenView, tokenInput } from "../contract/tokens.ts";
import { operatorWith, router } from "./trpc.ts";

export const tokensRouter = router({
  list: operatorWith("tokens:manage").query(({ ctx: { services } }): TokenView[] => {
    const list = services.tokens.list();
    const problem = services.tokens.problem();
    if (problem !== null) throw failure("conflict", problem);
    return list;
  }),

  create: operatorWith("tokens:manage")
    .input(tokenInput)
    .mutation(async ({ ctx, input }): Promise<NewToken> => {
      const made = await ctx.services.tokens.create(input.name, input.scopes, expiryAfter(input.days, ctx.services.now()));
      ctx.services.audit.record("token_created", ctx.operator, {
        target: made.name,
        after: { scopes: made.scopes, expires_at_ms: made.expiresAtMs },
      });
      return made;
    }),

  /** Refuses further requests with the token and aborts those in progress. */
  revoke: operatorWith("tokens:manage")
    .input(z.strictObject({ id: z.string().min(1).max(100) }))
    .mutation(async ({ ctx, input }): Promise<TokenView> => {
      const revoked = await ctx.services.tokens.revoke(input.id);
      if (revoked === null) throw failure("not_found", `no such token: ${input.id}`);
      ctx.services.signIns.check();
      ctx.services.audit.record("token_revoked", ctx.operator, { target: revoked.name });
      return revoked;
    }),
});
