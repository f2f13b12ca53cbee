/**
 * A metric that is read when it is scraped (rule MET1). prom-client's own counters and histograms keep the values and hash their labels at
 * each call; here the values are plain numbers where they arise, and prom-client only writes them down.
 */
import type { Metric, Registry } from "prom-client";
import type { Distribution } from "./distribution.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface LabelledDistribution {
  readonly labels: Labels;
  readonly distribution: Distribution;
}

export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  read(): readonly PrintedSample[];
}

/** A sample; `metricName` where it is not the family's, as `…_bucket` is not. */
type PrintedSample = Sample & { readonly metricName?: string };

/** One value without labels, or several with them. */
type Values = number | readonly Sample[];

const samplesOf = (values: Values): readonly Sample[] => (typeof values === "number" ? [{ labels: {}, value: values }] : values);

export function counter(name: string, help: string, read: () => Values): Family {
  return { name, type: "counter", help, read: () => samplesOf(read()) };
}

export function gauge(name: string, help: string, read: () => Values): Family {
  return { name, type: "gauge", help, read: () => samplesOf(read()) };
}

export function histogram(name: string, help: string, read: () => readonly LabelledDistribution[]): Family {
  return { name, type: "histogram", help, read: () => read().flatMap((each) => printed(name, each)) };
}

function printed(name: string, { labels, distribution }: LabelledDistribution): PrintedSample[] {
  let count = 0;
  const buckets = distribution.counts.map((inBucket, at) => {
    count += inBucket;
    const le = at < distribution.edges.length ? String(distribution.edges[at]) : "+Inf";
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: distribution.sum },
    { metricName: `${name}_count`, labels, value: distribution.count },
  ];
}

/** One sample per entry of a record, labelled with its key. */
export function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
}

export function register(registry: Registry, families: readonly Family[]): void {
  for (const { name, type, help, read } of families) {
    const metric = { name, get: () => ({ name, type, help, values: read() }) };
    // The registry asks nothing else of a metric; its type names the four classes.
    registry.registerMetric(metric as unknown as Metric);
  }
}
