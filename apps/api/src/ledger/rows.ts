/**
 * Maps rows between the schema and SQLite: insert statements with a parameter per column, named as in the schema, and codecs for values.
 * SQL texts are built once.
 */
import type { Column } from "drizzle-orm/column";
import type { SQLiteTable } from "drizzle-orm/sqlite-core/table";
import { getTableName } from "drizzle-orm/table";
import { getTableColumns } from "drizzle-orm/utils";

type Stored<Value> = Value extends number | string | null
  ? Value
  : Value extends undefined
    ? null
    : Value extends boolean
      ? number
      : string;

/** The values of a row as bound to SQLite. */
export type Binds<Row> = { [Key in keyof Row]-?: Stored<Row[Key]> };

export interface Insert<Row> {
  /** `INSERT INTO … VALUES (@…)`. */
  readonly text: string;
  readonly binds: (row: Row) => Binds<Row>;
}

/** An insert of all columns except some that the database fills in. */
export function insertInto<Table extends SQLiteTable, Left extends keyof Table["$inferInsert"] = never>(
  table: Table,
  leftOut: readonly Left[] = [],
): Insert<Omit<Table["$inferInsert"], Left>> {
  const columns = Object.entries<Column>(getTableColumns(table)).filter(([key]) => !leftOut.includes(key as Left));
  const names = columns.map(([, { name }]) => name).join(", ");
  const encoders = columns.map(([key, column]) => [key, encoderOf(column)] as const);
  const parameters = columns.map(([key]) => `@${key}`).join(", ");
  return {
    text: `INSERT INTO ${getTableName(table)} (${names}) VALUES (${parameters})`,
    binds(row) {
      const binds: Record<string, unknown> = {};
      for (const [key, encode] of encoders) binds[key] = encode((row as Record<string, unknown>)[key]);
      return binds as Binds<typeof row>;
    },
  };
}

/**
 * Returns a function that makes any value fit the column. An end with an invalid number must still be stored rather than be retried for
 * ever. One function per column, because ends are stored by the thousand.
 */
function encoderOf(column: Column): (value: unknown) => unknown {
  const { dataType, notNull } = column;
  if (dataType === "number") {
    const otherwise = notNull ? 0 : null;
    return (value) => (typeof value === "number" && Number.isFinite(value) ? Math.round(value) : otherwise);
  }
  if (dataType === "boolean") return (value) => column.mapToDriverValue(value === true);
  if (dataType === "json") {
    const otherwise = notNull ? column.mapToDriverValue([]) : null;
    return (value) => (value === null || value === undefined ? otherwise : column.mapToDriverValue(value));
  }
  const otherwise = notNull ? "" : null;
  return (value) => (typeof value === "string" ? value : value === null || value === undefined ? otherwise : String(value));
}

/** Returns a function that decodes the stored values of a selected row in place. */
export function createReviver(columns: Readonly<Record<string, Column>>): (row: Record<string, unknown>) => void {
  const coded = Object.entries(columns).filter(([, { dataType }]) => dataType === "json" || dataType === "boolean");
  return (row) => {
    for (const [key, column] of coded) {
      const value = row[key];
      if (value !== null) row[key] = column.mapFromDriverValue(value);
    }
  };
}
