/** Declares the access that an HTTP route needs, in its chain of middleware. A test walks all routes and fails for one that declares none. */
import type { Middleware } from "koa";
import { lackingRight } from "../contract/errors.ts";
import type { Access, Right } from "../contract/rights.ts";

const declared = new WeakMap<object, Access>();

/** The access that a middleware declares; `undefined` for every other middleware. */
export function accessOf(middleware: object): Access | undefined {
  return declared.get(middleware);
}

/** Declares a route that needs no sign-in. */
export const forAnyone: Middleware = (_, next) => next();
declared.set(forAnyone, "anyone");

/** Who a request comes from, as far as rights are concerned. */
export interface RightHolder {
  readonly name: string;
  readonly rights: ReadonlySet<Right>;
}

/**
 * Declares a route for callers with this right, and refuses others.
 * @param callerOf identifies the caller; throws `unauthorized` for none.
 */
export function onlyWith<Context extends Parameters<Middleware>[0]>(
  right: Right,
  callerOf: (ctx: Context) => RightHolder,
): Middleware {
  const middleware: Middleware = (ctx, next) => {
    const { name, rights } = callerOf(ctx as unknown as Context);
    if (!rights.has(right)) throw lackingRight(right, name);
    return next();
  };
  declared.set(middleware, right);
  return middleware;
}
