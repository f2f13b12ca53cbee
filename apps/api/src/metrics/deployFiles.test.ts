/** The dashboard, the alert rules and the operators' manual name the metrics that the server exports: all of them, and no others. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startTestServer, type TestServer } from "../testing/testServer.ts";

/** Exported, but neither on a panel nor an annotation: what each is for instead. */
const offDashboard = new Map([["lastbeat_build_info", "the dashboard's list of servers"]]);
const severities = ["page", "ticket"];

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8");
const nameOf = (sample: string) => sample.replace(/_(?:bucket|sum|count)$/, "");
const namesIn = (text: string) => new Set((text.match(/\b(?:lastbeat|process|nodejs)_[a-z0-9_]+/g) ?? []).map(nameOf));

/** Every value under this key, however deep. */
function deepValues(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([at, inner]) =>
    at === key && typeof inner === "string" ? [inner] : deepValues(inner, key),
  );
}

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPromtool) process.stdout.write("SKIPPED: the test of the alert rules needs promtool (Debian: prometheus)\n");

interface AlertCase {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const dashboard = JSON.parse(read("deploy/grafana/lastbeat.json")) as {
  readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string }[];
};
const rules = (parse(read("deploy/prometheus/alerts.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const cases = (parse(read("deploy/prometheus/alerts.test.yaml")) as { tests: AlertCase[] }).tests.flatMap(
  (test) => test.alert_rule_test,
);
const [, section = ""] = /^## Metrics and alerts\n(.*?)^## /ms.exec(read("docs/OPERATIONS.md")) ?? [];

let server: TestServer;
let exported: ReadonlySet<string>;
beforeAll(async () => {
  server = await startTestServer();
  exported = new Set(server.server.services.metrics.names());
});
afterAll(() => server[Symbol.asyncDispose]());

const unknownIn = (text: string) => [...namesIn(text)].filter((name) => !exported.has(name));
const absentFrom = (text: string) => [...exported].filter((name) => !namesIn(text).has(name));

describe("the dashboard", () => {
  const expressions = deepValues(dashboard, "expr").join("\n");

  test("MET4 shows every metric, and only metrics that exist", () => {
    expect(unknownIn(JSON.stringify(dashboard))).toEqual([]);
    expect(absentFrom(expressions).sort()).toEqual([...offDashboard.keys()].sort());
    for (const name of offDashboard.keys()) expect(JSON.stringify(dashboard)).toContain(name);
  });

  test("MET4 asks of the chosen servers only, and its panels are told apart", () => {
    for (const expression of deepValues(dashboard, "expr"))
      for (const [metric] of expression.matchAll(/\b(?:lastbeat|process|nodejs)_[a-z0-9_]+(?:\{[^}]*\})?/g))
        expect(metric).toContain('{instance=~"$instance"');
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the alert rules", () => {
  test("MET4 ask only metrics that exist, and say how urgent they are and what happened", () => {
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, expr, labels, annotations } of rules) {
      expect([alert, unknownIn(expr)]).toEqual([alert, []]);
      expect(severities).toContain(labels.severity);
      expect(annotations.summary.length).toBeGreaterThan(10);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test("MET4 compare labels with values that are exported", async () => {
    const text = await server.server.services.metrics.text();
    const asked = rules.flatMap(({ expr }) => [...expr.matchAll(/([a-z_]+)\{([a-z]+)=~?"([^"]+)"/g)]);
    expect(asked.length).toBeGreaterThan(3);
    for (const [, metric = "", label = "", values = ""] of asked.filter(([, metric]) => metric !== "up"))
      for (const value of values.split("|")) expect(text).toMatch(new RegExp(`^${metric}\\{[^}]*${label}="${value}"`, "m"));
  });
});

describe("the cases of the alert rules", () => {
  test("MET4 show each alert as it fires and as it stays quiet", () => {
    const shown = (fires: boolean) =>
      new Set(cases.filter((one) => one.exp_alerts.length > 0 === fires).map(({ alertname }) => alertname));
    const alerts = rules.map(({ alert }) => alert).sort();
    expect([...shown(true)].sort()).toEqual(alerts);
    expect([...shown(false)].sort()).toEqual(alerts);
  });

  test.runIf(hasPromtool)("MET4 come out as they say, by Prometheus' own evaluation", () => {
    const folder = join(projectRoot, "deploy/prometheus");
    const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", "alerts.test.yaml"], { cwd: folder });
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });
});

describe("the operators' manual", () => {
  test("MET4 explains every metric and every alert, and no others", () => {
    expect(unknownIn(section)).toEqual([]);
    expect(absentFrom(section)).toEqual([]);
    const alerts = new Set([...section.matchAll(/^- \*\*(Lastbeat[A-Za-z]+)\*\*/gm)].map(([, name]) => name));
    expect([...alerts].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});
