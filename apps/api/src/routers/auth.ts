/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { type LinkRenewal, linkRenewal } from "../auth/linkRenewal.ts";
import { open, router } from "./trpc.ts";

export const authRouter = router({
  /** Tells the sign-in page how to replace a used or lost link. */
  newLinkBy: open.query((): LinkRenewal => linkRenewal),

  me: open.query(({ ctx }): { admin: string | null } => ({ admin: ctx.signIn?.name ?? null })),
});
