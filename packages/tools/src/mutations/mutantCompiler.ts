/** Type-checks mutants with one long-lived program, in a fraction of a second each. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Mutation, mutated } from "./mutation.ts";

export class MutantCompiler {
  readonly #root: string;
  /** Mutated files: their current text, and its version. */
  readonly #files = new Map<string, { text: string; version: number }>();
  readonly #service: ts.LanguageService;

  constructor(root: string, mutations: readonly Mutation[]) {
    this.#root = root;
    for (const path of mutations.map(({ file }) => join(root, file)))
      if (existsSync(path)) this.#files.set(path, { text: readFileSync(path, "utf8"), version: 0 });
    this.#service = ts.createLanguageService(this.#host());
  }

  /**
   * The compiler's errors for the mutant; empty when it compiles. Unused names are not errors.
   * @throws {Error} when the mutation does not fit its file, or the file does not exist.
   */
  problemsOf(mutation: Mutation): string[] {
    const path = join(this.#root, mutation.file);
    const original = readFileSync(path, "utf8");
    this.#set(path, mutated(mutation, original));
    try {
      return [...this.#service.getSyntacticDiagnostics(path), ...this.#service.getSemanticDiagnostics(path)].map(
        ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "),
      );
    } finally {
      this.#set(path, original);
    }
  }

  #set(path: string, text: string): void {
    this.#files.set(path, { text, version: (this.#files.get(path)?.version ?? 0) + 1 });
  }

  #host(): ts.LanguageServiceHost {
    const options = this.#options();
    return {
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...this.#files.keys()],
      getScriptVersion: (path) => String(this.#files.get(path)?.version ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#files.get(path)?.text ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.#root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
    };
  }

  /** The project's options, but allowing unused names. */
  #options(): ts.CompilerOptions {
    const { config } = ts.readConfigFile(join(this.#root, "tsconfig.json"), ts.sys.readFile) as { config: object };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, this.#root);
    return { ...options, noUnusedLocals: false, noUnusedParameters: false };
  }
}
