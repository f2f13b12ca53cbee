/**
 * Fills a new ledger with ended sessions through the store's own writer; the same ones each time. Runs as its own process:
 * `node fillLedger.ts <file> <sessions>`.
 */
import type Database from "better-sqlite3";
import { openForWriting } from "../../../../apps/api/src/ledger/openDatabase.ts";
import { beginBoot } from "../../../../apps/api/src/ledger/upkeep/reconcile.ts";
import type { WriteOp } from "../../../../apps/api/src/ledger/workerMessages.ts";
import { createGroupWriter } from "../../../../apps/api/src/ledger/write/groupWriter.ts";
import { createSamples, DAYS, FILLED_UNTIL_MS } from "./sampleSessions.ts";

const GROUP = 25_000;
const USUAL_HASH_BYTES = 2 ** 20;

const [file = "", wanted = "0"] = process.argv.slice(2);
const total = Number(wanted);
const database = await openForWriting(file, "process");
// Durability does not matter here: a half-filled file is discarded, and the server opens the file in its normal mode.
database.pragma("journal_mode = MEMORY");
database.pragma("synchronous = OFF");
database.pragma("locking_mode = EXCLUSIVE");
database.pragma("cache_size = -4194304");
wordHash(64 * USUAL_HASH_BYTES);
const indexes = withoutIndexes(database);
fill();
process.stderr.write("indexes\n");
for (const { sql } of indexes) database.exec(sql);
wordHash(USUAL_HASH_BYTES);
database.close();

function fill(): void {
  const boot = beginBoot(database, { pid: process.pid, version: "0.0.1", nowMs: FILLED_UNTIL_MS - DAYS * 86_400_000 });
  const writer = createGroupWriter(database, { boot, nowMs: () => FILLED_UNTIL_MS });
  const sample = createSamples(total, FILLED_UNTIL_MS);
  for (let at = 0; at < total; at += GROUP) {
    const ops: WriteOp[] = [];
    for (let next = at; next < Math.min(total, at + GROUP); next += 1) {
      const { opened, ended } = sample(next);
      ops.push(["opened", JSON.stringify(opened)], ["ended", JSON.stringify(ended)]);
    }
    writer.write({ number: at / GROUP + 1, ops });
    if (at % 250_000 === 0)
      process.stderr.write(`${at.toLocaleString("en")} of ${total.toLocaleString("en")} sessions written\n`);
  }
  database
    .prepare("UPDATE boots SET alive_at_ms = ?, stopped_at_ms = ? WHERE id = ?")
    .run(FILLED_UNTIL_MS, FILLED_UNTIL_MS, boot);
}

/** How much the word index buffers in memory before it writes; more means less merging. */
function wordHash(bytes: number): void {
  database.exec(`INSERT INTO ends_words (ends_words, rank) VALUES ('hashsize', ${bytes})`);
}

/** Drops the indexes on ends, except the one that the triggers need; building each afterwards takes half the time. */
function withoutIndexes(from: Database.Database): { readonly sql: string }[] {
  const found = from
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'ends' AND name <> 'ends_session' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of found) from.exec(`DROP INDEX ${name}`);
  return found;
}
