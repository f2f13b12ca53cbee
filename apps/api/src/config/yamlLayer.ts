/** Reads a configuration layer from a YAML file, with the line and column of every value. */
import { readFileSync } from "node:fs";
import type { ErrorIssue } from "@lastbeat/core";
import { type Document, isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { expectedGot } from "../contract/validation.ts";
import { configKeys, presetPath, sections } from "./keys.ts";
import { type Entry, emptyLayer, type Layer } from "./layer.ts";
import { didYouMean } from "./suggest.ts";

export interface YamlSource {
  /** Path to read. */
  readonly file: string;
  /** Its name in messages. */
  readonly name: string;
}

/** Reads a configuration file, or returns `undefined` if it does not exist. */
export function yamlFileLayer(source: YamlSource): Layer | undefined {
  try {
    return yamlLayer(readFileSync(source.file, "utf8"), source.name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === "ENOENT") return undefined;
    return { entries: [], problems: [{ field: source.name, message: `cannot be read (${code})` }] };
  }
}

export function yamlLayer(text: string, name: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => ({ field: at(pos[0]), message: firstLine(message) }));
    return { entries: [], problems };
  }
  if (document.contents === null || isEmpty(document.contents)) return emptyLayer;
  if (!isMap(document.contents))
    return { entries: [], problems: [{ field: at(0), message: expectedGot("keys with values", document.toJS()) }] };
  return new Walk(document, at).map(document.contents, "");
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

class Walk {
  readonly #document: Document;
  readonly #at: (offset: number) => string;
  readonly #entries: Entry[] = [];
  readonly #problems: ErrorIssue[] = [];

  constructor(document: Document, at: (offset: number) => string) {
    this.#document = document;
    this.#at = at;
  }

  map(map: YAMLMap, prefix: string): Layer {
    for (const { key, value } of map.items) {
      const keyNode = key as Node;
      const path = `${prefix}${isScalar(keyNode) ? String(keyNode.value) : String(keyNode)}`;
      const node = (isAlias(value) ? value.resolve(this.#document) : value) as Node | null;
      this.#pair(path, keyNode, node);
    }
    return { entries: this.#entries, problems: this.#problems };
  }

  #pair(path: string, key: Node, value: Node | null) {
    const field = `${this.#at(key.range?.[0] ?? 0)} ${path}`;
    if (configKeys.has(path) || path === presetPath) {
      const where = isEmpty(value) ? field : `${this.#at(value?.range?.[0] ?? 0)} ${path}`;
      this.#entries.push({ path, written: value?.toJS(this.#document) ?? null, where });
    } else if (sections.has(path)) {
      if (isMap(value)) this.map(value, `${path}.`);
      // A section whose keys are all commented out is empty, which is fine.
      else if (!isEmpty(value)) {
        this.#problems.push({ field, message: expectedGot("a section with keys of its own", value?.toJS(this.#document)) });
      }
    } else {
      const message = `unknown key${didYouMean(path, [...configKeys.keys(), ...sections, presetPath])}`;
      this.#problems.push({ field, message });
    }
  }
}
