/** Mutations of metrics, logs and traces. */
import type { Mutation } from "../mutation.ts";

export const seeing: readonly Mutation[] = [
  {
    rule: "MET1",
    does: "counts no answered heartbeats",
    file: "packages/core/src/keeper/beats.ts",
    find: "  engine.totals.heartbeatsAnswered += 1;\n",
    replace: "",
    tests: ["packages/core/src/keeper/totals.test.ts"],
  },
  {
    rule: "MET1",
    does: "counts a value at a bucket's edge in the next bucket",
    file: "apps/api/src/metrics/distribution.ts",
    find: "value > (this.edges[at] as number)",
    replace: "value >= (this.edges[at] as number)",
    tests: ["apps/api/src/metrics"],
  },
  {
    rule: "MET2",
    does: "tells buckets that are not cumulative",
    file: "apps/api/src/metrics/family.ts",
    find: "    count += inBucket;\n",
    replace: "    count = inBucket;\n",
    tests: ["apps/api/src/metrics/metrics.test.ts"],
  },
  {
    rule: "MET3",
    does: "leaves the scrapers' port open when the server closes",
    file: "apps/api/src/runtime.ts",
    find: "  closeScrapes();\n",
    replace: "",
    tests: ["apps/api/src/metrics/metrics.test.ts"],
  },
  {
    rule: "LOG2",
    does: "does not notice that the file was moved",
    file: "apps/api/src/log/logFile.ts",
    find: '      if (error.code === "ENOENT") this.reopen();\n',
    replace: "",
    tests: ["apps/api/src/log/logFile.test.ts"],
  },
  {
    rule: "LOG2",
    does: "stops on SIGHUP although the terminal is open",
    file: "apps/api/src/hangUp.ts",
    find: "controlled && before > 0 && now === 0",
    replace: "controlled && (before > 0 || now === 0)",
    tests: ["apps/api/src/hangUp.test.ts"],
  },
  {
    rule: "LOG3",
    does: "drops lines of the level itself",
    file: "apps/api/src/log.ts",
    find: "if (rank < least) return;",
    replace: "if (rank <= least) return;",
    tests: ["apps/api/src/log.test.ts"],
  },
  {
    rule: "TEL1",
    does: "loads OpenTelemetry's SDK although it is switched off",
    file: "apps/api/src/config/telemetryAsked.ts",
    find: '=== "true" ||',
    replace: '=== "yes" ||',
    tests: ["apps/api/src/telemetry/traces.test.ts"],
  },
];
