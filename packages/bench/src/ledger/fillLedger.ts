/** Fills a ledger with ended sessions through the store's own writer; run as a process of its own: `node fillLedger.ts <file> <sessions>`. */
import { createGroupWriter } from "../../../../apps/api/src/store/groupWriter.ts";
import { beginBoot } from "../../../../apps/api/src/store/reconcile.ts";
import type { WriteOp } from "../../../../apps/api/src/store/workerMessages.ts";
import { openForWriting } from "../../../../apps/api/src/store/writerDatabase.ts";
import { createSamples } from "./sampleSessions.ts";

const GROUP = 25_000;

const [file = "", wanted = "0"] = process.argv.slice(2);
const total = Number(wanted);
const nowMs = Date.now();
const database = await openForWriting(file, "process");
// A file that is only half filled when something fails is thrown away anyway; the server opens it in the usual mode.
database.pragma("journal_mode = MEMORY");
database.pragma("synchronous = OFF");
database.pragma("locking_mode = EXCLUSIVE");
database.pragma("cache_size = -4194304");
const boot = beginBoot(database, { pid: process.pid, version: "0.0.1", nowMs });
const writer = createGroupWriter(database, boot, () => {});
const sample = createSamples(total, nowMs);
for (let at = 0; at < total; at += GROUP) {
  const ops: WriteOp[] = [];
  for (let next = at; next < Math.min(total, at + GROUP); next += 1) {
    const { opened, ended } = sample(next);
    ops.push(["opened", JSON.stringify(opened)], ["ended", JSON.stringify(ended)]);
  }
  writer.write({ number: at / GROUP + 1, ops });
  if (at % 250_000 === 0) process.stderr.write(`${at.toLocaleString("en")} of ${total.toLocaleString("en")} sessions written\n`);
}
database.prepare("UPDATE boots SET stopped_at_ms = ? WHERE id = ?").run(Date.now(), boot);
database.close();
