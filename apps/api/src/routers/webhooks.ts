/** Procedures on webhooks, for operators. */
import { z } from "zod";
import { deadQuery, resendInput, webhookName } from "../contract/webhooks.ts";
import type { DeadPage, WebhookView } from "../contract/webhookViews.ts";
import { operatorWith, router } from "./trpc.ts";

const deadInput = z.strictObject({ webhook: webhookName, ...deadQuery.shape });
const resend = z.strictObject({ webhook: webhookName, ...resendInput.shape });

export const webhooksRouter = router({
  list: operatorWith("webhooks:read").query(({ ctx }): Promise<WebhookView[]> => ctx.services.webhooks.list()),

  dead: operatorWith("webhooks:read")
    .input(deadInput)
    .query(({ ctx, input: { webhook, ...query } }): Promise<DeadPage> => ctx.services.webhooks.dead(webhook, query)),

  resend: operatorWith("webhooks:write")
    .input(resend)
    .mutation(async ({ ctx: { services, operator }, input: { webhook, ids } }): Promise<{ readonly resent: number }> => {
      const resent = await services.webhooks.resend(webhook, ids ?? null, operator.name);
      services.audit.record("webhook_resent", operator, { target: webhook, after: { resent } });
      return { resent };
    }),
});
