/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { type NewLinkBy, newLinkBy } from "../auth/newLink.ts";
import { open, router } from "./trpc.ts";

export const authRouter = router({
  /** What the sign-in page says about a link that is used up or lost. */
  newLinkBy: open.query((): NewLinkBy => newLinkBy),

  me: open.query(({ ctx }): { admin: string | null } => ({ admin: ctx.signIn?.name ?? null })),
});
