/** What the metrics are read from. */
import type { MemorySource, SessionKeeper } from "@lastbeat/core";
import type { FailedAttempts } from "../auth/failedAttempts.ts";
import type { Chat } from "../chat/chat.ts";
import type { ConnectionLimit } from "../connectionLimit.ts";
import type { Store } from "../ledger/store.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { Disk } from "./disk.ts";
import type { EndTally } from "./endTally.ts";
import type { EventLoop } from "./eventLoop.ts";

export interface MetricSources {
  readonly keeper: SessionKeeper;
  readonly store: Store;
  readonly connectionLimit: ConnectionLimit;
  readonly memory: MemorySource;
  /** The database file. */
  readonly ledgerFile: string;
  readonly queueLimit: number;
  readonly startedAtMs: number;
  readonly chat: Pick<Chat, "rateLimited">;
  readonly failedAttempts: Pick<FailedAttempts, "total">;
  readonly webhooks: Pick<Webhooks, "stats">;
  /** The wall clock in epoch milliseconds. */
  readonly now: () => number;
}

/** What families read besides. */
export interface Watched extends MetricSources {
  readonly ends: EndTally;
  readonly eventLoop: EventLoop;
  readonly disk: Disk;
}
