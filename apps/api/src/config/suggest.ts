/** Suggestions for misspelt names: "did you mean …?" */

/** The known name closest to the unknown one, if it is close enough. */
export function suggest(unknown: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = lastPart(name) === lastPart(unknown) ? 1 : editDistance(unknown.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return bestDistance <= Math.max(2, unknown.length / 5) ? best : undefined;
}

/** `; did you mean …?` to append to a message, or an empty string. */
export function didYouMean(unknown: string, known: Iterable<string>): string {
  const name = suggest(unknown, known);
  return name === undefined ? "" : `; did you mean ${name}?`;
}

/** Compared separately, because the right key in the wrong section is the most common mistake. */
function lastPart(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
