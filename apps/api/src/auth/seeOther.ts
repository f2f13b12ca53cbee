import type { Context } from "koa";

/** Sends the browser to another page, by GET whatever it did before. */
export function seeOther(ctx: Context, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}
