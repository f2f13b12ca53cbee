/** Ended sessions, for operators. */
import { cleanupQuerySchema } from "../contract/endQuery.ts";
import type { CleanupPage, CleanupStats } from "../contract/views.ts";
import { admin, router } from "./trpc.ts";

export const historyRouter = router({
  list: admin.input(cleanupQuerySchema).query(({ ctx, input }): Promise<CleanupPage> => ctx.services.store.cleanups.page(input)),

  stats: admin
    .input(cleanupQuerySchema)
    .query(({ ctx, input }): Promise<CleanupStats> => ctx.services.store.cleanups.stats(input)),
});
