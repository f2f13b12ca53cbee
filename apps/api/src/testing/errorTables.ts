/** The tables of errors in the documents, made from the one in the code. */
import type { GeneratedPart } from "@lastbeat/tools/generatedDocs";
import { type ErrorRow, errorCodes, errorTable } from "../contract/errors.ts";

const code = (text: string) => `\`${text}\``;

/** Of every error that a client can meet; what stays on the server's machine is left out. */
function errorsTable(): string {
  const cell = (value: string | null | undefined) => (value === null || value === undefined ? "–" : code(value));
  const rows = errorCodes.flatMap((name) => {
    const { rest, trpc, frame, when }: ErrorRow = errorTable[name];
    if (rest === null && trpc === null && frame === null) return [];
    return [
      `| ${code(name)} | ${rest ?? "–"} | ${cell(trpc)} | ${cell(frame?.code)} | ${frame?.fatal ? "yes" : "no"} | ${when} |`,
    ];
  });
  return [
    "| error | REST status | tRPC code | `error` frame | closes the JSON socket | when |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The exit statuses of the command line and the server. */
function exitTable(): string {
  const rows = errorCodes.flatMap((name) => {
    const { exit, when }: ErrorRow = errorTable[name];
    return exit === null ? [] : [`| ${code(name)} | ${exit} | ${when} |`];
  });
  return ["| error | exit status | when |", "|---|---|---|", ...rows].join("\n");
}

export const errorParts: readonly GeneratedPart[] = [
  { file: "docs/PROTOCOL.md", name: "errors", make: errorsTable },
  { file: "docs/LEDGER.md", name: "exit statuses", make: exitTable },
];
