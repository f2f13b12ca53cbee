/** The server's metrics in Prometheus' text format (rules MET1 and MET2). Each is read from where it is counted when it is scraped. */
import { Registry } from "prom-client";
import { Disk } from "./disk.ts";
import { EndTally } from "./endTally.ts";
import { EventLoop } from "./eventLoop.ts";
import { endFamilies } from "./families/ends.ts";
import { ledgerFamilies } from "./families/ledger.ts";
import { limitFamilies } from "./families/limits.ts";
import { processFamilies } from "./families/process.ts";
import { sessionFamilies } from "./families/sessions.ts";
import { webhookFamilies } from "./families/webhooks.ts";
import { type Family, register } from "./family.ts";
import type { MetricSources, Watched } from "./watched.ts";

export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #eventLoop = new EventLoop();
  readonly #families: readonly Family[];
  readonly #unfollow: () => void;

  constructor(sources: MetricSources) {
    const ends = new EndTally();
    this.#unfollow = sources.keeper.on("ended", ({ end }) => ends.add(end));
    const watched: Watched = { ...sources, ends, eventLoop: this.#eventLoop, disk: new Disk(sources.ledgerFile) };
    this.#families = [sessionFamilies, endFamilies, limitFamilies, ledgerFamilies, webhookFamilies, processFamilies].flatMap(
      (families) => families(watched),
    );
    register(this.#registry, this.#families);
  }

  /** The names of all metrics, as `# TYPE` lines have them; dashboard, rules and manual are held against them (rule MET4). */
  names(): string[] {
    return this.#families.map(({ name }) => name);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#unfollow();
    this.#eventLoop.close();
  }
}
