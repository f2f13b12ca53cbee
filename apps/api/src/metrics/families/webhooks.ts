/** Metrics of webhooks. Without any there are no samples. */
import type { WebhookView } from "../../contract/webhookViews.ts";
import { counter, type Family, gauge, type Sample } from "../family.ts";
import type { Watched } from "../watched.ts";

export function webhookFamilies({ webhooks, now }: Pick<Watched, "webhooks" | "now">): Family[] {
  const perWebhook = (read: (view: WebhookView) => number) => (): Sample[] =>
    webhooks.stats().map((view) => ({ labels: { webhook: view.name }, value: read(view) }));
  const ageSeconds = ({ oldestWaitingAtMs }: WebhookView) =>
    oldestWaitingAtMs === null ? 0 : Math.max(0, now() - oldestWaitingAtMs) / 1_000;
  return [
    gauge(
      "lastbeat_webhook_waiting_deliveries",
      "Ends that the receiver has not taken yet.",
      perWebhook(({ waiting }) => waiting),
    ),
    gauge("lastbeat_webhook_oldest_waiting_seconds", "For how long the oldest of them has waited.", perWebhook(ageSeconds)),
    gauge(
      "lastbeat_webhook_dead_deliveries",
      "Deliveries given up, until they are sent again.",
      perWebhook(({ dead }) => dead),
    ),
    counter(
      "lastbeat_webhook_delivered_total",
      "Deliveries taken by the receiver.",
      perWebhook(({ delivered }) => delivered),
    ),
    counter(
      "lastbeat_webhook_failures_total",
      "Attempts that failed.",
      perWebhook(({ failed }) => failed),
    ),
  ];
}
