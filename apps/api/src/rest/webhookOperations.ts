/** REST operations on webhooks. */
import { checked } from "../contract/checked.ts";
import { deadPageSchema, deadQuery, resendInput, resentSchema, webhookListSchema } from "../contract/webhooks.ts";
import type { Operation } from "./operation.ts";
import { queryParams } from "./queryParams.ts";

const ID = "a webhook's name";

export const webhookOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/webhooks",
    summary: "Webhooks, and how their deliveries go",
    right: "webhooks:read",
    answer: webhookListSchema,
    run: async ({ services }) => ({ webhooks: await services.webhooks.list() }),
  },
  {
    method: "get",
    path: "/webhooks/{id}/dead",
    idIs: ID,
    summary: "Deliveries that were given up, in pages",
    right: "webhooks:read",
    query: deadQuery,
    answer: deadPageSchema,
    run: ({ services, id, params }) => services.webhooks.dead(id, queryParams(deadQuery, params)),
  },
  {
    method: "post",
    path: "/webhooks/{id}/resend",
    idIs: ID,
    summary: "Sends again what was given up",
    right: "webhooks:write",
    body: resendInput,
    answer: resentSchema,
    async run({ services, id, body, caller }) {
      const { ids } = checked(resendInput, body ?? {}, "body");
      const resent = await services.webhooks.resend(id, ids ?? null, caller.name);
      services.audit.record("webhook_resent", caller, { target: id, after: { resent } });
      return { resent };
    },
  },
];
