/** Content coding negotiation. RFC 9110, section 12.5.3. */

/**
 * The available coding the client prefers, or the first of several it prefers equally. `undefined` means no coding, also for a
 * client that accepts none of those available.
 */
export function acceptedCoding<T extends string>(header: string | undefined, available: readonly T[]): T | undefined {
  const weights = weightsOf(header ?? "");
  const weightOf = (coding: string) => weights.get(coding) ?? weights.get("*") ?? 0;
  let best: T | undefined;
  // Unless listed, `identity` is acceptable but least preferred.
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
    // An invalid weight could mean anything, so the coding counts as not accepted.
    weights.set(name === "x-gzip" ? "gzip" : name, weight >= 0 && weight <= 1 ? weight : 0);
  }
  return weights;
}
