/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { type LinkRenewal, linkRenewal } from "../auth/linkRenewal.ts";
import type { Right } from "../contract/rights.ts";
import { open, router } from "./trpc.ts";

export const authRouter = router({
  /** Tells the sign-in page how to replace a used or lost link. */
  newLinkBy: open.query((): LinkRenewal => linkRenewal),

  /** The operator's name and rights; `null` and none for everyone else. */
  me: open.query(({ ctx: { signIn } }): { admin: string | null; rights: readonly Right[] } => ({
    admin: signIn?.name ?? null,
    rights: [...(signIn?.rights ?? [])],
  })),
});
