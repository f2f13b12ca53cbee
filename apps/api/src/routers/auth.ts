/** Who the caller is. Signing in and out is plain HTTP, see `auth/routes.ts`. */
import { linkRenewal } from "../auth/linkRenewal.ts";
import type { SignInWays } from "../contract/operators.ts";
import type { Right } from "../contract/rights.ts";
import { open, router } from "./trpc.ts";

export const authRouter = router({
  /** Tells the sign-in page what to offer, and how to replace a used or lost link. */
  ways: open.query(
    ({ ctx: { services } }): SignInWays => ({
      hasAccounts: services.operators.hasAccounts,
      newLinkBy: linkRenewal,
      oidc: services.oidc?.config.label ?? null,
    }),
  ),

  /** The operator's name and rights; `null` and none for everyone else. */
  me: open.query(({ ctx: { signIn } }): { admin: string | null; rights: readonly Right[] } => ({
    admin: signIn?.name ?? null,
    rights: [...(signIn?.rights ?? [])],
  })),
});
