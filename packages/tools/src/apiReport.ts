/**
 * Reports of the public API of each installable package, one per entry point. `npm run docs` writes them to the package's `api`
 * folder, and a test fails when they are stale, so that no API change goes unnoticed.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { projectRoot } from "./processes.ts";

export const reported = ["core", "trpc"] as const;
type Reported = (typeof reported)[number];

const folderOf = (name: Reported): string => join(projectRoot, "packages", name);
export const reportFolderOf = (name: Reported): string => join(folderOf(name), "api");

/** The reports by file name. */
export type ApiReports = ReadonlyMap<string, string>;

/** Makes every report from the compiler's declarations. @throws {Error} when the package does not compile. */
export function makeApiReports(of: Reported): ApiReports {
  const program = programOf(of);
  const declarations = declarationsOf(program);
  const reports = new Map<string, string>();
  for (const [entry, source] of entryPoints(of)) {
    const name = entry === "." ? of : entry.slice(2).replaceAll("/", "-");
    const title = `@lastbeat/${of}${entry.slice(1)}`;
    reports.set(`${name}.api.md`, report(title, exportsOf(program, join(folderOf(of), source)), declarations));
  }
  return reports;
}

/** Writes the reports, and removes any other file from the folder. */
export function writeApiReports(of: Reported): void {
  const folder = reportFolderOf(of);
  const reports = makeApiReports(of);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of reports) writeFileSync(join(folder, name), text);
}

function entryPoints(of: Reported): [entry: string, source: string][] {
  const manifest: unknown = JSON.parse(readFileSync(join(folderOf(of), "package.json"), "utf8"));
  return Object.entries((manifest as { readonly exports: Record<string, string> }).exports);
}

function programOf(of: Reported): ts.Program {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(folderOf(of), "tsconfig.build.json"),
    { emitDeclarationOnly: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => fail(messageText) },
  );
  if (config === undefined) throw new Error(`the tsconfig.build.json of ${of} cannot be read`);
  // A package finds the sources of another, for nothing has to be built here.
  const { paths: _, ...options } = config.options;
  return ts.createProgram(config.fileNames, { ...options, rootDir: join(projectRoot, "packages") });
}

function fail(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, "\n"));
}

/** A file's declarations by name, as printed by the compiler. Overloads are joined. */
type Declarations = ReadonlyMap<string, ReadonlyMap<string, string>>;

function declarationsOf(program: ts.Program): Declarations {
  const files = new Map<string, Map<string, string>>();
  const { outDir = projectRoot, rootDir = projectRoot } = program.getCompilerOptions();
  program.emit(undefined, (path, text) => {
    const source = join(rootDir, relative(outDir, path)).replace(/\.d\.ts$/, ".ts");
    files.set(source, statementsOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest)));
  });
  return files;
}

function statementsOf(file: ts.SourceFile): Map<string, string> {
  const printer = ts.createPrinter({ removeComments: true });
  const found = new Map<string, string>();
  for (const statement of file.statements) {
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, file);
    for (const name of namesOf(statement)) found.set(name, found.has(name) ? `${found.get(name)}\n${text}` : text);
  }
  return found;
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => textOf(name));
  const isNamed =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

const textOf = (name: ts.BindingName): string => (ts.isIdentifier(name) ? name.text : "");

interface Export {
  readonly name: string;
  /** The file that declares it, and its name there. */
  readonly file: string;
  readonly declaredAs: string;
}

function exportsOf(program: ts.Program, source: string): Export[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(source);
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (symbol === undefined) throw new Error(`${source} is not a module of the build`);
  const found = checker.getExportsOfModule(symbol).map((exported) => {
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return { name: exported.name, file: target.declarations?.[0]?.getSourceFile().fileName ?? source, declaredAs: target.name };
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function report(title: string, exports: readonly Export[], declarations: Declarations): string {
  const parts = exports.map(({ name, file, declaredAs }) => {
    const text = declarations.get(file)?.get(declaredAs);
    if (text === undefined) throw new Error(`${name} of ${title} has no declaration in ${file}`);
    return text.replaceAll(/^export declare /gm, "").replaceAll(/^export /gm, "");
  });
  return `# ${title}\n\nWritten by \`npm run docs\`; ${exports.length} exports.\n\n\`\`\`ts\n${parts.join("\n\n")}\n\`\`\`\n`;
}
