/** The project's own imports have no cycles, and none breaks an import rule. */
import { expect, it } from "vitest";
import { projectRoot } from "../processes.ts";
import { wrongDirections } from "./directions.ts";
import { cyclesOf } from "./graph.ts";
import { readGraph } from "./readGraph.ts";

const graph = readGraph(projectRoot);

it("reads the whole project", () => {
  expect(graph.size).toBeGreaterThan(600);
  expect([...graph.values()].flat().length).toBeGreaterThan(2_000);
  expect(graph.get("apps/api/src/main.ts")).toContainEqual({ to: "apps/api/src/start.ts", isType: false });
});

it("no file imports itself through others", () => {
  expect(cyclesOf(graph)).toEqual([]);
});

it("no import breaks an import rule", () => {
  expect(wrongDirections(graph)).toEqual([]);
});
