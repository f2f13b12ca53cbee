/** Extracts the imports of one TypeScript or Svelte file, in every form. */
import ts from "typescript";

export interface WrittenImport {
  /** As written in the file: `./a.ts`, `@lastbeat/core`. */
  readonly specifier: string;
  /** A type-only import, erased at run time. */
  readonly isType: boolean;
}

/** The extension of `name` decides how the text is parsed; of a Svelte file, only the scripts are. */
export function importsOf(name: string, text: string): WrittenImport[] {
  const scripts = name.endsWith(".svelte") ? scriptsOf(text) : [text];
  return scripts.flatMap((script) => {
    const found: WrittenImport[] = [];
    visit(ts.createSourceFile(name, script, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS), found);
    return found;
  });
}

function scriptsOf(svelte: string): string[] {
  return [...svelte.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)].map(([, script = ""]) => script);
}

function visit(node: ts.Node, found: WrittenImport[]): void {
  const written = importIn(node);
  if (written !== undefined && ts.isStringLiteral(written.from))
    found.push({ specifier: written.from.text, isType: written.isType });
  ts.forEachChild(node, (child) => visit(child, found));
}

function importIn(node: ts.Node): { readonly from: ts.Node; readonly isType: boolean } | undefined {
  if (ts.isImportDeclaration(node))
    return { from: node.moduleSpecifier, isType: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
    return { from: node.moduleSpecifier, isType: node.isTypeOnly };
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return { from: node.argument.literal, isType: true };
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const [from] = isDynamic ? node.arguments : [];
  return from === undefined ? undefined : { from, isType: false };
}
