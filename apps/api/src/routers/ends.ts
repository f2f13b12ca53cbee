/** Ended sessions, for operators. */
import { endQuerySchema } from "../contract/endQuery.ts";
import type { EndPage, EndStats } from "../contract/views.ts";
import { admin, router } from "./trpc.ts";

export const endsRouter = router({
  list: admin.input(endQuerySchema).query(({ ctx, input }): Promise<EndPage> => ctx.services.store.ends.page(input)),

  stats: admin.input(endQuerySchema).query(({ ctx, input }): Promise<EndStats> => ctx.services.store.ends.stats(input)),
});
