/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { type LinkRenewal, linkRenewal } from "../auth/linkRenewal.ts";
import { open, router } from "./trpc.ts";

export const authRouter = router({
  /** What the sign-in page says about a link that is used up or lost. */
  newLinkBy: open.query((): LinkRenewal => linkRenewal),

  me: open.query(({ ctx }): { admin: string | null } => ({ admin: ctx.signIn?.name ?? null })),
});
