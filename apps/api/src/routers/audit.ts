/** What operators did. */
import { type AuditPage, auditQuerySchema } from "../contract/audit.ts";
import { operatorWith, router } from "./trpc.ts";

export const auditRouter = router({
  list: operatorWith("audit:read")
    .input(auditQuerySchema)
    .query(({ ctx, input }): Promise<AuditPage> => ctx.services.store.audit.page(input)),
});
