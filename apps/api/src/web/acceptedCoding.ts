/** Which content coding a client takes. RFC 9110, section 12.5.3. */

/**
 * Of the codings that a file has, the one the client likes best; of those it likes alike, the first. `undefined` stands for the
 * file as it is, which is also the answer to a client that takes nothing there is.
 */
export function acceptedCoding<T extends string>(header: string | undefined, available: readonly T[]): T | undefined {
  const weights = weightsOf(header ?? "");
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get("*") ?? 0;
  let best: T | undefined;
  // What is not named is taken as it is, but liked least.
  let bestWeight = weights.get("identity") ?? 0;
  for (const coding of available) {
    const weight = weightOf(coding);
    if (weight > bestWeight || (weight === bestWeight && weight > 0 && best === undefined)) [best, bestWeight] = [coding, weight];
  }
  return best;
}

function weightsOf(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.split(",")) {
    const [name = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    const [, written] = /^q\s*=\s*(.*)$/.exec(parameters.find((parameter) => /^q\s*=/.test(parameter)) ?? "") ?? [];
    const weight = written === undefined ? 1 : Number(written);
    // A weight that is none could mean anything; then the coding is not taken.
    weights.set(name === "x-gzip" ? "gzip" : name, weight >= 0 && weight <= 1 ? weight : 0);
  }
  return weights;
}
