/** Signing in through the identity provider: the way there and the way back (rule OPS10). Problems are told on the sign-in page. */
import type Router from "@koa/router";
import type { Context } from "koa";
import { OIDC_PROBLEM, type OidcProblem } from "../../contract/oidc.ts";
import type { StoredOperator } from "../../contract/operators.ts";
import { SparseLog } from "../../log/sparseLog.ts";
import type { RefusalLog } from "../../transports/refusalLog.ts";
import { cookiesOf, namedCookie, setCookie } from "../adminAuth.ts";
import { beginSignIn, cookiePlace, type SignInParts } from "../beginSignIn.ts";
import { forAnyone } from "../routeAccess.ts";
import { seeOther } from "../seeOther.ts";
import type { Oidc } from "./oidc.ts";
import { OidcAdmission } from "./oidcAdmission.ts";
import { ATTEMPT_MS, type OidcAttempt } from "./oidcAttempt.ts";
import type { Claims } from "./oidcIdentity.ts";
import { causeOf, DeniedError, InvalidAnswerError } from "./oidcProvider.ts";

const OIDC_CALLBACK_PATH = "/admin/oidc/callback";
const COOKIE = "lastbeat_oidc";

/** Below the prefix `/admin`. */
export function oidcRoutes(router: Router, parts: SignInParts, oidc: Oidc, refusals: RefusalLog): void {
  const { attempts, audit, proxies, basePath, log } = parts;
  const admission = new OidcAdmission(parts, oidc.config);
  const sparse = new SparseLog(log);

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
    seeOther(ctx, `${basePath}/admin`);
  });

  /** Who came back. An answer that this browser did not ask for costs nothing, and counts against nobody: anybody's page can send one. */
  async function answerOf(ctx: Context): Promise<StoredOperator | OidcProblem> {
    const { address } = proxies.originOf(ctx.req);
    const attempt = oidc.attempts.read(attemptCookie(ctx) ?? "");
    const query = new URLSearchParams(ctx.querystring);
    if (attempt === null || query.get("state") !== attempt.state) return "stale";
    const answered = new URL(callbackOf(ctx));
    answered.search = query.toString();
    const claims = await claimsOf(answered, attempt, address);
    return typeof claims === "string" ? claims : admission.admit(claims, address);
  }

  async function claimsOf(answered: URL, attempt: OidcAttempt, address: string): Promise<Claims | OidcProblem> {
    try {
      return await oidc.turns.take(async () =>
        attempts.waitMs(address) > 0 ? "wait" : await oidc.provider.claims(answered, attempt),
      );
    } catch (thrown) {
      if (thrown instanceof DeniedError) return "denied";
      if (!(thrown instanceof InvalidAnswerError)) return unavailable(thrown);
      attempts.failed(address);
      audit.signInFailed(address, "");
      refusals.write("Refused a sign-in: the identity provider's answer is not valid", { address, cause: thrown.message });
      return "failed";
    }
  }

  function unavailable(thrown: unknown): OidcProblem {
    sparse.warn("unavailable", "The identity provider cannot be asked", { cause: causeOf(thrown) });
    return "unavailable";
  }

  function refuse(ctx: Context, problem: OidcProblem): void {
    seeOther(ctx, `${basePath}/admin?${OIDC_PROBLEM}=${problem}`);
  }

  /** As this browser sees the server. The provider takes only addresses that are registered with it. */
  function callbackOf(ctx: Context): string {
    const { host, scheme } = proxies.originOf(ctx.req);
    // In the form that the browser's address has when it comes back: without the scheme's own port, in small letters.
    return new URL(`${scheme ?? "http"}://${host ?? ""}${basePath}${OIDC_CALLBACK_PATH}`).href;
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
