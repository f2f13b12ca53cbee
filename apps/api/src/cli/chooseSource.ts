/** Chooses a command's data source from its flags. */
import { failure } from "../contract/errors.ts";
import { openDatabaseSource } from "./databaseSource.ts";
import type { Flags, Given } from "./flags.ts";
import { serverFlags, serverOf } from "./serverAddress.ts";
import { serverSource } from "./serverSource.ts";
import type { Source } from "./source.ts";
import type { Terminal } from "./terminal.ts";

export const sourceFlags: Flags = {
  db: { value: "<file>", help: "read this database instead of asking a server" },
  ...serverFlags,
};

export function sourceOf(given: Given, terminal: Terminal): Source {
  const { db, url } = given.values;
  if (db !== undefined && url !== undefined) throw failure("usage", "expected either --db or --url, got both");
  return db === undefined ? serverSource(serverOf(given, terminal)) : openDatabaseSource(db);
}
