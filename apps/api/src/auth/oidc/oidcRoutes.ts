/** Signing in through the identity provider: the way there and the way back (rule OPS10). Problems are told on the sign-in page. */
import type Router from "@koa/router";
import type { Context } from "koa";
import { OIDC_PROBLEM, type OidcProblem } from "../../contract/oidc.ts";
import type { StoredOperator } from "../../contract/operators.ts";
import type { RefusalLog } from "../../transports/refusalLog.ts";
import { cookiesOf, namedCookie, setCookie } from "../adminAuth.ts";
import { beginSignIn, cookiePlace, type SignInParts } from "../beginSignIn.ts";
import { IDENTITY_PROVIDER } from "../operators.ts";
import { forAnyone } from "../routeAccess.ts";
import type { Oidc } from "./oidc.ts";
import { ATTEMPT_MS } from "./oidcAttempt.ts";
import { identityOf, type OidcIdentity, subjectOf } from "./oidcIdentity.ts";
import { DeniedError, InvalidAnswerError } from "./oidcProvider.ts";

export const OIDC_CALLBACK_PATH = "/admin/oidc/callback";
const COOKIE = "lastbeat_oidc";

/** Below the prefix `/admin`. */
export function oidcRoutes(router: Router, parts: SignInParts, oidc: Oidc, refusals: RefusalLog): void {
  const { operators, attempts, audit, signIns, proxies, basePath, log } = parts;

  router.get("/oidc/sign-in", forAnyone, async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    const { attempt, cookie } = oidc.attempts.begin();
    try {
      const address = await oidc.provider.address(attempt, callbackOf(ctx));
      setAttempt(ctx, cookie);
      ctx.redirect(address.href);
    } catch (thrown) {
      refuse(ctx, unavailable(thrown));
    }
  });

  router.get("/oidc/callback", forAnyone, async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    const answer = await answerOf(ctx);
    setAttempt(ctx, null);
    if (typeof answer === "string") return refuse(ctx, answer);
    beginSignIn(ctx, parts, { operator: answer.name, way: "oidc" });
    ctx.status = 303;
    ctx.redirect(`${basePath}/admin`);
  });

  /** Who came back. */
  async function answerOf(ctx: Context): Promise<StoredOperator | OidcProblem> {
    const { address } = proxies.originOf(ctx.req);
    using underWay = begun(address);
    if (underWay === null) return "wait";
    const problem = (failed: OidcProblem) => {
      attempts.failed(address);
      audit.signInFailed(address, "");
      return failed;
    };
    const query = new URLSearchParams(ctx.querystring);
    const attempt = oidc.attempts.read(attemptCookie(ctx) ?? "");
    if (attempt === null || query.get("state") !== attempt.state) return problem("stale");
    const answered = new URL(callbackOf(ctx));
    answered.search = query.toString();
    try {
      const claims = await oidc.provider.claims(answered, attempt);
      const identity = identityOf(claims, oidc.config);
      if (typeof identity !== "string") return await admitted(identity, address);
      // Whom the provider lets in no more has nothing here either.
      if (identity === "no_role") signOut(subjectOf(claims));
      return problem(identity);
    } catch (thrown) {
      if (thrown instanceof DeniedError) return problem("denied");
      if (!(thrown instanceof InvalidAnswerError)) return unavailable(thrown);
      refusals.write("Refused a sign-in: the identity provider's answer is not valid", { address, cause: thrown.message });
      return problem("failed");
    }
  }

  /** `null` if the address has to wait. */
  function begun(address: string): Disposable | null {
    try {
      return attempts.begin(address);
    } catch {
      return null;
    }
  }

  /** The account, made or changed as the provider says. */
  async function admitted({ subject, name, role }: OidcIdentity, address: string): Promise<StoredOperator | OidcProblem> {
    const known = operators.accountOf(subject);
    if (known === undefined && operators.account(name) !== undefined) return "name_taken";
    if (known !== undefined && known.disabledAtMs !== null) return "disabled";
    const account = await operators.external({ subject, name, role });
    const actor = { name: IDENTITY_PROVIDER, address };
    if (known === undefined) audit.record("operator_added", actor, { target: account.name, after: { role } });
    else if (known.role !== role)
      audit.record("operator_changed", actor, {
        target: account.name,
        before: { role: known.role },
        after: { role },
      });
    signIns.check();
    return account;
  }

  function signOut(subject: string): void {
    const account = operators.accountOf(subject);
    if (account === undefined) return;
    operators.signOut(operators.signIns(account.name).map(({ id }) => id));
    signIns.check();
  }

  function unavailable(thrown: unknown): OidcProblem {
    // Only the message: what the provider sent may hold more than a log should.
    log.warn("The identity provider cannot be asked", { cause: thrown instanceof Error ? thrown.message : String(thrown) });
    return "unavailable";
  }

  function refuse(ctx: Context, problem: OidcProblem): void {
    ctx.status = 303;
    ctx.redirect(`${basePath}/admin?${OIDC_PROBLEM}=${problem}`);
  }

  /** As this browser sees the server. The provider takes only addresses that are registered with it. */
  function callbackOf(ctx: Context): string {
    const { host, scheme } = proxies.originOf(ctx.req);
    return `${scheme ?? "http"}://${host ?? ""}${basePath}${OIDC_CALLBACK_PATH}`;
  }

  function setAttempt(ctx: Context, value: string | null): void {
    const place = cookiePlace(ctx.req, parts);
    ctx.append(
      "Set-Cookie",
      setCookie(`${namedCookie(COOKIE, place)}=${value ?? ""}`, { ...place, maxAgeS: value === null ? 0 : ATTEMPT_MS / 1_000 }),
    );
  }

  function attemptCookie(ctx: Context): string | undefined {
    const wanted = namedCookie(COOKIE, cookiePlace(ctx.req, parts));
    return cookiesOf(ctx.req.headers.cookie).find(({ name }) => name === wanted)?.value;
  }
}
