/** Import rules: which part of the project may import which. */
import type { ImportGraph } from "./graph.ts";

/** For each layer of the core, the layers that it may import from; from `types` it may import only types. */
interface Layer {
  readonly from: readonly string[];
  readonly types?: readonly string[];
}

const layers = ["protocol", "ports", "settings", "time", "rules", "keeper", "adapters", "client", "testing"];

const coreLayers: Readonly<Record<string, Layer>> = {
  protocol: { from: ["protocol"] },
  ports: { from: ["protocol", "ports"] },
  settings: { from: ["protocol", "settings"] },
  time: { from: ["ports", "time"] },
  rules: { from: ["protocol", "settings", "rules", "time"], types: ["ports"] },
  keeper: { from: ["protocol", "ports", "settings", "time", "rules", "keeper"] },
  adapters: { from: ["protocol", "ports", "keeper", "adapters"] },
  client: { from: ["protocol", "client"], types: ["ports"] },
  testing: { from: layers },
};

/** Describes thrown values. Imports nothing, so any layer may use it. */
const forAnyLayer = "packages/core/src/ports/thrown.ts";

interface Edge {
  readonly file: string;
  readonly to: string;
  readonly isType: boolean;
}

interface Direction {
  readonly says: string;
  readonly isBroken: (edge: Edge) => boolean;
}

const directions: readonly Direction[] = [
  {
    says: "packages import nothing from apps or tests",
    isBroken: ({ file, to }) => file.startsWith("packages/") && /^(?:apps|tests)\//.test(to) && !isOfWebsApi(file, to),
  },
  {
    says: "the web apps and their shared package import only types from apps/api",
    isBroken: ({ file, to, isType }) => isOfWebsApi(file, to) && !isType,
  },
  {
    says: "an app imports nothing from another web app",
    isBroken: ({ file, to }) => file.startsWith("apps/") && /^apps\/(?:admin|chat)\//.test(to) && partOf(file) !== partOf(to),
  },
  {
    says: "shipped code imports nothing from tests or tools",
    isBroken: ({ file, to }) => !neverShips(file) && neverShips(to),
  },
  { says: "the core's layers depend in one direction", isBroken: breaksLayer },
];

/** One line per import that breaks a rule. */
export function wrongDirections(graph: ImportGraph): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports.flatMap(({ to, isType }) =>
      directions.filter(({ isBroken }) => isBroken({ file, to, isType })).map(({ says }) => `${file} imports ${to}: ${says}`),
    ),
  );
}

/** Whether a web app or its shared package imports from the API. */
function isOfWebsApi(file: string, to: string): boolean {
  return /^(?:apps\/(?:admin|chat)|packages\/web)\//.test(file) && to.startsWith("apps/api/");
}

/** `apps/api` */
const partOf = (file: string) => file.split("/").slice(0, 2).join("/");

/** Tests, tools, and anything in a folder or file named `testing`. */
function neverShips(file: string): boolean {
  return /^(?:tests|packages\/tools)\//.test(file) || /\.test\.(?:ts|svelte)$|\/testing(?:\/|\.ts$)/.test(file);
}

function breaksLayer({ file, to, isType }: Edge): boolean {
  const [here, there] = [layerOf(file), layerOf(to)];
  const rule = here === undefined ? undefined : coreLayers[here];
  if (rule === undefined || there === undefined || to === forAnyLayer || file.endsWith(".test.ts")) return false;
  return !rule.from.includes(there) && !(isType && rule.types?.includes(there));
}

/** The core layer of a file; `undefined` outside the core and its layers. */
function layerOf(file: string): string | undefined {
  return /^packages\/core\/src\/(\w+)\//.exec(file)?.[1];
}
