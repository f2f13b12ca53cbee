/** A histogram as plain numbers, which costs a few additions to observe: no labels, no allocation. */

export class Distribution {
  /** Upper edges of the buckets, ascending; a last bucket takes what is beyond them. */
  readonly edges: readonly number[];
  /** Observations per bucket; one longer than `edges`. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(edges: readonly number[]) {
    this.edges = edges;
    this.counts = new Array<number>(edges.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.edges.length && value > (this.edges[at] as number)) at += 1;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
    this.count += 1;
  }
}
