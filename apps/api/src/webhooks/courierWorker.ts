/** The courier: the thread that posts to webhooks. It reads the outbox, and has its reports written by the writer. Started by `courier.ts`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { createDueDeliveries } from "../ledger/read/deliveryReads.ts";
import type { DeliveryReport } from "../ledger/write/deliveryWriter.ts";
import type { CourierStart, FromCourier, ToCourier } from "./courierMessages.ts";
import { Lane } from "./lane.ts";
import { Poster } from "./poster.ts";
import type { Webhook } from "./webhook.ts";

/** How often the outbox is looked at. */
const POLL_MS = 200;
/** The same while it stops. */
const STOPPING_POLL_MS = 20;
/** How long the last reports may take to be stored. */
const STORING_MS = 1_000;

const port = parentPort as MessagePort;
const { file, webhooks, firstWaitMs } = workerData as CourierStart;
const say = (message: FromCourier) => port.postMessage(message);
const database = new Database(file, { readonly: true, fileMustExist: true });
const dueDeliveries = createDueDeliveries(database);
const stored = new Map<number, { resolve(): void; reject(error: Error): void }>();
let reports = 0;
let stopAtMs = Number.POSITIVE_INFINITY;

function laneOf(webhook: Webhook): { readonly lane: Lane; readonly poster: Poster } {
  const { name } = webhook;
  const poster = new Poster(webhook);
  const lane: Lane = new Lane({
    webhook: name,
    due: (nowMs, wanted) => dueDeliveries(name, nowMs, wanted),
    post: async (message) => {
      const result = await poster.post(message);
      // At the end of the turn, when the lane knows the result: the next one need not wait for the poll.
      setImmediate(poll, lane);
      return result;
    },
    store: (report) => storeReport(lane, name, report),
    nowMs: Date.now,
    random: Math.random,
    firstWaitMs,
  });
  return { lane, poster };
}

function storeReport({ pace }: Lane, webhook: string, report: DeliveryReport): Promise<void> {
  reports += 1;
  const number = reports;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stored.set(number, { resolve, reject });
  const { isDown, failingSinceMs, error } = pace;
  say({ type: "report", number, webhook, report, lane: { isDown, failingSinceMs, error } });
  return promise;
}

function poll(lane: Lane): void {
  try {
    lane.poll();
  } catch (thrown) {
    say({ type: "problem", message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}

const lanes = webhooks.map(laneOf);

function pollAll(): void {
  for (const { lane } of lanes) poll(lane);
  const lateMs = performance.now() - stopAtMs;
  if (lateMs >= 0) cutOff();
  // After a poll, an idle lane has nothing that it could deliver now.
  const isOver = stopAtMs !== Number.POSITIVE_INFINITY && lanes.every(({ lane }) => lane.isIdle);
  if (isOver || lateMs >= STORING_MS) end();
}

function cutOff(): void {
  for (const { lane, poster } of lanes) {
    lane.stop();
    poster.close();
  }
}

function end(): void {
  clearInterval(polling);
  cutOff();
  database.close();
  port.close();
}

port.on("message", (message: ToCourier) => {
  if (message.type === "close") {
    stopAtMs = performance.now() + message.withinMs;
    clearInterval(polling);
    polling = setInterval(pollAll, STOPPING_POLL_MS);
    return;
  }
  const waiting = stored.get(message.number);
  stored.delete(message.number);
  if (message.ok) waiting?.resolve();
  else waiting?.reject(new Error("not stored"));
});

let polling = setInterval(pollAll, POLL_MS);
