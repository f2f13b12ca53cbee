/** Metrics of the ledger and its disk. */
import { byLabel, counter, type Family, gauge, histogram } from "../family.ts";
import type { Watched } from "../watched.ts";

export function ledgerFamilies({ store, disk, queueLimit }: Watched): Family[] {
  const { writeTotals } = store;
  return [
    gauge("lastbeat_ledger_accepting", "1 while the ledger takes new sessions.", () => Number(store.ledger.health().accepting)),
    gauge("lastbeat_ledger_queue_records", "Records that wait for the database.", () => store.queued()),
    gauge("lastbeat_ledger_queue_limit_records", "Records at which new sessions are refused.", () => queueLimit),
    histogram("lastbeat_ledger_commit_seconds", "From sending a group of records to hearing that it is stored.", () => [
      { labels: {}, distribution: writeTotals.commits },
    ]),
    counter("lastbeat_ledger_records_total", "Records stored.", () => writeTotals.records),
    counter(
      "lastbeat_ledger_failures_total",
      "Groups of records that could not be stored at the first attempt or a later one.",
      () => writeTotals.failures,
    ),
    gauge("lastbeat_ledger_file_bytes", "Size of the database's files.", () => {
      const sizes = disk.sizes();
      return sizes === null ? [] : byLabel("file", { database: sizes.databaseBytes, wal: sizes.walBytes });
    }),
    gauge("lastbeat_disk_free_bytes", "Room left on the database's disk.", () => {
      const sizes = disk.sizes();
      return sizes === null ? [] : [{ labels: {}, value: sizes.freeBytes }];
    }),
  ];
}
