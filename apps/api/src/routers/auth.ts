/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { open, router } from "./trpc.ts";

export const authRouter = router({
  me: open.query(({ ctx }): { admin: string | null } => ({ admin: ctx.admin })),
});
