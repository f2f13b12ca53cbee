/** Reads Prometheus' text format strictly: whatever is not in it throws, with the line. */

export interface ExposedFamily {
  readonly type: string;
  readonly help: string;
  /** As written; a histogram's are `…_bucket`, `…_sum` and `…_count`. */
  readonly samples: readonly ExposedSample[];
}

export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly families: ReadonlyMap<string, ExposedFamily>;
  /** The one sample of this name with exactly these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
const types = new Set(["counter", "gauge", "histogram"]);

export function parseExposition(text: string): Scrape {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ExposedFamily & { samples: ExposedSample[] }>();
  let help: readonly [name: string, text: string] | null = null;
  let family: readonly [string, ExposedFamily & { samples: ExposedSample[] }] | null = null;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") help = [name, rest];
    else if (kind === "TYPE") {
      if (help?.[0] !== name || !types.has(rest) || families.has(name)) throw new Error(`misplaced: ${line}`);
      family = [name, { type: rest, help: help[1], samples: [] }];
      families.set(...family);
    } else family?.[1].samples.push(sampleOf(line, family)) ?? fail(line);
  }
  for (const [name, each] of families) if (each.type === "histogram") checkHistogram(name, each);
  return { families, value: (name, labels = {}) => find(families, name, labels) };
}

function fail(line: string): never {
  throw new Error(`not in the text format: ${line}`);
}

function sampleOf(line: string, [familyName, { type, samples }]: readonly [string, ExposedFamily]): ExposedSample {
  const [, name = "", labelText = "", valueText = ""] = SAMPLE.exec(line) ?? fail(line);
  const suffix = name.startsWith(familyName) ? name.slice(familyName.length) : fail(line);
  if (type === "histogram" ? !["_bucket", "_sum", "_count"].includes(suffix) : suffix !== "") fail(line);
  const value = numberOf(valueText);
  if (Number.isNaN(value) || (type !== "gauge" && value < 0)) fail(line);
  const labels = labelsOf(labelText, line);
  const key = JSON.stringify([name, Object.entries(labels).sort()]);
  if (samples.some((other) => JSON.stringify([other.name, Object.entries(other.labels).sort()]) === key)) fail(line);
  return { name, labels, value };
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, name = "", value = ""] = LABEL.exec(text) ?? fail(line);
    if (name in labels) fail(line);
    labels[name] = value;
  }
  return labels;
}

const numberOf = (text: string): number => (text === "+Inf" ? Number.POSITIVE_INFINITY : text === "" ? Number.NaN : Number(text));

/** Buckets ascend, the last is +Inf, and equals the count. */
function checkHistogram(name: string, { samples }: ExposedFamily): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(Object.entries(others).sort()));
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const edges = buckets.map((sample) => numberOf(sample.labels.le ?? ""));
    const isAscending = (values: number[]) => values.every((value, at) => at === 0 || value >= (values[at - 1] as number));
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    const isWhole =
      edges.at(-1) === Number.POSITIVE_INFINITY && buckets.at(-1)?.value === count && group.length === buckets.length + 2;
    if (!isWhole || !isAscending(edges) || !isAscending(buckets.map(({ value }) => value)))
      throw new Error(`not a histogram: ${name}${labels}`);
  }
}

function find(families: Scrape["families"], name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const all = [...families.values()].flatMap(({ samples }) => samples);
  const found = all.find((each) => each.name === name && JSON.stringify(Object.entries(each.labels).sort()) === wanted);
  if (found === undefined) throw new Error(`no ${name}${wanted}`);
  return found.value;
}
