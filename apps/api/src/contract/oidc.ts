/** Why nobody was signed in through the identity provider. The sign-in page gets it in its address, and has the words. */
export type OidcProblem =
  /** The provider, or whoever sat before it, said no. */
  | "denied"
  /** None of the configured values of the role claim. */
  | "no_role"
  /** Another account has the name. */
  | "name_taken"
  /** The name claim holds no name that an account may have. */
  | "bad_name"
  | "disabled"
  /** The first account must be an administrator's. */
  | "no_admin"
  /** There are as many accounts as there may be. */
  | "full"
  /** Begun in another browser, too long ago, or answered already. */
  | "stale"
  /** Too many attempts from this address. */
  | "wait"
  /** What the provider sent is not valid. */
  | "failed"
  /** The provider does not answer, or does not know this server. */
  | "unavailable";

/** The parameter of the sign-in page's address that holds the problem. */
export const OIDC_PROBLEM = "sign_in_problem";
