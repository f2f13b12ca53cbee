/** Ended sessions, for operators. */
import { endQuerySchema } from "../contract/endQuery.ts";
import type { EndPage, EndStats } from "../contract/views.ts";
import { operatorWith, router } from "./trpc.ts";

export const endsRouter = router({
  list: operatorWith("history:read")
    .input(endQuerySchema)
    .query(({ ctx, input }): Promise<EndPage> => ctx.services.store.ends.page(input)),

  stats: operatorWith("history:read")
    .input(endQuerySchema)
    .query(({ ctx, input }): Promise<EndStats> => ctx.services.store.ends.stats(input)),
});
