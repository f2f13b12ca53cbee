/** Makes a ledger large: copies of its one ended session, written with SQL, which takes seconds where sessions would take minutes. */
import Database from "better-sqlite3";

export function copyTheEnd(file: string, copies: number): void {
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  const columns = (table: string, own: string) =>
    database
      .prepare<[string, string], string>("SELECT name FROM pragma_table_info(?) WHERE name NOT IN ('id', ?)")
      .pluck()
      .all(table, own)
      .join(", ");
  const [session, end] = [columns("sessions", "session_id"), columns("ends", "session")];
  database.transaction(() => {
    database
      .prepare(
        `WITH RECURSIVE copy(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM copy WHERE at < ?)
         INSERT INTO sessions (session_id, ${session})
         SELECT 'session_copy_' || at, ${session.replace(/\bopen\b/, "1")} FROM copy, sessions WHERE sessions.id = 1`,
      )
      .run(copies);
    database
      .prepare(`INSERT INTO ends (session, ${end}) SELECT copy.id, ${columnsOf("one", end)} FROM sessions copy, ends one
                WHERE copy.open = 1 AND one.id = (SELECT min(id) FROM ends)`)
      .run();
  })();
  database.close();
}

function columnsOf(table: string, columns: string): string {
  return columns
    .split(", ")
    .map((column) => `${table}.${column}`)
    .join(", ");
}
