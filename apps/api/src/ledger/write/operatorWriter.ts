/** Writes operators' accounts and sign-ins. Each write says the whole row, so that it can be repeated. */
import type Database from "better-sqlite3";
import { insertInto } from "../rows.ts";
import { operatorSignIns, operators } from "../schema.sqlite.ts";
import type { OperatorRecord } from "../store.ts";

const insertAccount = insertInto(operators);
const insertSignIn = insertInto(operatorSignIns);

export function createOperatorWriter(database: Database.Database): (record: OperatorRecord) => void {
  const account = database.prepare(insertAccount.text().replace("INSERT", "INSERT OR REPLACE"));
  const signIn = database.prepare(insertSignIn.text().replace("INSERT", "INSERT OR REPLACE"));
  const end = database.prepare<[string]>("DELETE FROM operator_sign_ins WHERE id = ?");
  return (record) => {
    if (record.kind === "account") account.run(insertAccount.values(record.account));
    else if (record.kind === "signIn") signIn.run(insertSignIn.values(record.signIn));
    else for (const id of record.ids) end.run(id);
  };
}
