/**
 * Signing in with a name and password, and setting the password with a one-time link. Whoever guesses waits (rule OPS7): per address, and per name
 * where that operator is neither signed in nor has signed in before, so that a stranger locks nobody out. An unknown name takes as long as a
 * wrong password. Both take JSON only, which a form of another site cannot send.
 */
import type Router from "@koa/router";
import { addressGroup } from "@lastbeat/core";
import type { Context } from "koa";
import { checked } from "../contract/checked.ts";
import { failure } from "../contract/errors.ts";
import { operatorName, setPasswordInput, signInInput } from "../contract/operators.ts";
import { readJsonBody } from "../rest/jsonBody.ts";
import { beginSignIn, type SignInParts } from "./beginSignIn.ts";
import { tooManyAttempts } from "./failedAttempts.ts";
import { accountWith, refuseNameAsPassword } from "./passwordCheck.ts";
import { forAnyone } from "./routeAccess.ts";
import type { LinkGrant } from "./signInLinks.ts";

export function passwordRoutes(router: Router, parts: SignInParts): void {
  const { operators, passwords, links, attempts, attemptsByName, knownBrowsers, audit, proxies, signIns } = parts;

  router.post("/sign-in", forAnyone, async (ctx) => {
    const { address } = proxies.originOf(ctx.req);
    refuseWaiting(attempts.waitMs(address));
    const { name: given, password } = checked(signInInput, await jsonBody(ctx), "body");
    const name = operatorName.safeParse(given).data ?? "";
    using _address = attempts.begin(address);
    const isKnownHere = operators.signIns(name).some((one) => addressGroup(one.address) === addressGroup(address));
    const browser = knownBrowsers.idIn(ctx.req.headers.cookie, operators.account(name));
    const key = browser === null ? nameKey(given) : `browser ${browser}`;
    using _name = isKnownHere ? null : attemptsByName.begin(key);
    const account = await accountWith(parts, name, password);
    if (account === null) {
      attempts.failed(address);
      if (!isKnownHere) attemptsByName.failed(key);
      audit.signInFailed(address, operators.account(name)?.name ?? "");
      throw failure("unauthorized", "the name or the password is wrong");
    }
    if (account.disabledAtMs !== null) throw failure("forbidden", "this account is disabled");
    beginSignIn(ctx, parts, { operator: name, way: "password" });
    ctx.status = 204;
  });

  router.post("/set-password", forAnyone, async (ctx) => {
    const { address } = proxies.originOf(ctx.req);
    const { link, name: chosen, password } = checked(setPasswordInput, await jsonBody(ctx), "body");
    const grant = links.read(link);
    if (grant === null) {
      audit.signInFailed(address, "");
      refuseWaiting(attempts.failed(address));
      throw failure("forbidden", "this link was used, has expired or is not complete; ask for a new one");
    }
    const name = nameFor(grant, chosen);
    refuseNameAsPassword(name, password);
    const hash = await passwords.hash(password);
    // Meanwhile somebody may have used it, made the first account or a newer link, or set the password in another way.
    if (links.read(link) === null) throw failure("forbidden", "this link was used; ask for a new one");
    nameFor(grant, chosen);
    links.consume(grant);
    const before = operators.account(name);
    const isNew = before === undefined;
    if (isNew) await operators.add({ name, role: grant.role, createdBy: grant.by, password: hash });
    else await operators.change(name, { password: hash }, before.password);
    const actor = { name, address };
    if (isNew) audit.record("operator_added", actor, { target: name, after: { role: grant.role, link_by: grant.by } });
    else audit.record("password_set", actor, { target: name, after: { link_by: grant.by } });
    signIns.check();
    beginSignIn(ctx, parts, { operator: name, way: "link" });
    ctx.status = 204;
  });

  /** The account that a link is for. @throws {LastbeatError} if it cannot be used. */
  function nameFor(grant: LinkGrant, chosen: string | undefined): string {
    const name = grant.name ?? chosen;
    if (name === undefined) throw failure("bad_request", "name: expected a name for the account, got nothing");
    const account = operators.account(name);
    if (grant.first && operators.hasAccounts)
      throw failure("conflict", "there is an account already: sign in with it, or ask an administrator for a link");
    if (!operators.hasAccounts && grant.role !== "admin")
      throw failure("conflict", `the first account must be an administrator's: lastbeat operator link ${name} --role admin`);
    if (account !== undefined && account.disabledAtMs !== null) throw failure("forbidden", "this account is disabled");
    if (account !== undefined && account.subject !== null)
      throw failure("conflict", "this account signs in with the identity provider and has no password here");
    if (!links.isCurrent(grant, account))
      throw failure("forbidden", "the password was set after this link was made; ask for a new one");
    return name;
  }
}

function refuseWaiting(waitMs: number): void {
  if (waitMs > 0) throw tooManyAttempts(waitMs);
}

/** Another kind of key than an address. */
const nameKey = (given: string) => `name ${given.trim().toLowerCase()}`;

async function jsonBody(ctx: Context): Promise<unknown> {
  if (!ctx.is("json")) throw failure("bad_request", "expected a JSON body: Content-Type: application/json");
  return readJsonBody(ctx.req);
}
