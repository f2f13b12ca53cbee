/** The import graph of the project's files, and its cycles. */

export interface Import {
  /** Path relative to the project root. */
  readonly to: string;
  readonly isType: boolean;
}

/** The imports of each file within the project, by its path relative to the project root. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/**
 * A shortest cycle for every group of files that import each other, as `a → b → a`; type imports count. Empty when there is none.
 */
export function cyclesOf(graph: ImportGraph): string[] {
  const cycles: string[] = [];
  const seen = new Set<string>();
  for (const file of graph.keys()) {
    if (seen.has(file)) continue;
    const way = wayBack(graph, file);
    if (way === null) continue;
    for (const member of way) seen.add(member);
    cycles.push(way.join(" → "));
  }
  return cycles;
}

/** The shortest path from a file's imports back to itself. */
function wayBack(graph: ImportGraph, file: string): string[] | null {
  const from = new Map<string, string>();
  const queue = [file];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { to } of graph.get(at) ?? []) {
      if (to === file) return [...trail(from, at), file];
      if (from.has(to)) continue;
      from.set(to, at);
      queue.push(to);
    }
  }
  return null;
}

/** The path that led to `file`, in order. */
function trail(from: ReadonlyMap<string, string>, file: string): string[] {
  const files = [file];
  for (let at = from.get(file); at !== undefined; at = from.get(at)) files.unshift(at);
  return files;
}
