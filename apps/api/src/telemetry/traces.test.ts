import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";
import { telemetryAsked } from "../config/telemetryAsked.ts";
import { TestClient } from "../testing/testServer.ts";
import { sdkPackage, startTraces } from "./startTraces.ts";

interface Received {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** What a collector takes. */
async function startCollector() {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { url = "", headers } = request;
    received.push({ path: url, type: headers["content-type"] ?? "", body: await buffer(request) });
    response
      .setHeader("content-type", headers["content-type"] ?? "")
      .end(headers["content-type"] === "application/json" ? "{}" : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Otlp {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}
interface Span {
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
}

const attribute = (attributes: readonly Attribute[], key: string) => attributes.find((each) => each.key === key)?.value;

/** Opens and ends a session, and asks over REST. */
async function useServer({ ws, http }: { readonly ws: string; readonly http: string }): Promise<string> {
  using client = await TestClient.connect(`${ws}/ws/new`);
  client.send({ type: "hello", name: "Secret-Name" });
  const { sessionId } = await client.frame("welcome");
  client.send({ type: "goodbye" });
  await client.closed;
  await fetch(`${http}/api/sessions/session_nobody?q=private`);
  return String(sessionId);
}

test("TEL1 TEL2 a server that is asked to sends openings, ends, commits and requests as OTLP, and no user's name", async () => {
  await using collector = await startCollector();
  await using server = await startScratchServer({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_SERVICE_NAME: "chat of the north",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  const sessionId = await useServer(server);
  const spans = () =>
    collector.received
      .flatMap(({ body }) => (JSON.parse(body.toString()) as Otlp).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const named = (name: string) => {
    const found = spans().find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span ${name}: ${spans().map((span) => span.name)}`);
    return found;
  };
  const end = await eventually(() => named("session end"));
  expect(attribute(end.attributes, "session.id")).toEqual({ stringValue: sessionId });
  expect(attribute(end.attributes, "lastbeat.end.reason")).toEqual({ stringValue: "client_left" });
  const open = await eventually(() => named("session open"));
  expect(BigInt(open.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(open.startTimeUnixNano));
  await eventually(() => named("ledger commit"));
  const request = await eventually(() => named("GET /api/sessions/:id"));
  expect(attribute(request.attributes, "http.response.status_code")).toEqual({ intValue: 400 });
  const [{ path, type, body } = { path: "", type: "", body: Buffer.alloc(0) }] = collector.received;
  expect([path, type]).toEqual(["/v1/traces", "application/json"]);
  const [{ resource } = { resource: { attributes: [] } }] = (JSON.parse(body.toString()) as Otlp).resourceSpans;
  expect(attribute(resource.attributes, "service.name")).toEqual({ stringValue: "chat of the north" });
  expect(Buffer.concat(collector.received.map((each) => each.body)).toString()).not.toMatch(/Secret-Name|private/);
  expect(server.output()).toContain("Traces are sent, as OTEL_EXPORTER_OTLP_ENDPOINT asks for");
});

test("TEL2 by default it is protobuf, the service is lastbeat, and a stop sends what waits", async () => {
  await using collector = await startCollector();
  await using server = await startScratchServer({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await useServer(server);
  expect(await server.stop()).toBe(0);
  const all = Buffer.concat(collector.received.map(({ body }) => body)).toString("latin1");
  expect(collector.received[0]?.type).toBe("application/x-protobuf");
  for (const text of ["session open", "session end", "service.name", "lastbeat"]) expect(all).toContain(text);
  expect(new Set(collector.received.map(({ path }) => path))).toEqual(new Set(["/v1/traces"]));
});

test("TEL2 a collector that is away costs one line, and no stop", async () => {
  await using collector = await startCollector();
  const { url } = collector;
  await collector[Symbol.asyncDispose]();
  await using server = await startScratchServer({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TIMEOUT: "200",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  await useServer(server);
  await eventually(() => expect(server.output()).toMatch(/WARN {2}OpenTelemetry: /));
  expect(await server.stop()).toBe(0);
});

test.each([
  ["nothing", {}, null],
  ["another product's variable", { OTEL_SERVICE_NAME: "chat" }, null],
  ["an endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
  [
    "an endpoint for traces",
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c:4318/v1/traces" },
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  ],
  ["an exporter", { OTEL_TRACES_EXPORTER: "console" }, "OTEL_TRACES_EXPORTER"],
  ["an endpoint, switched off", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_SDK_DISABLED: "TRUE" }, null],
  ["an endpoint for metrics alone", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_TRACES_EXPORTER: "none" }, null],
  ["an empty endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: " " }, null],
])("TEL1 %s in the environment", (_, env, askedBy) => expect(telemetryAsked(env).askedBy).toBe(askedBy));

test.each([
  [{ OTEL_SERVICE_NAME: "chat" }, true],
  [{ OTEL_RESOURCE_ATTRIBUTES: "a=b, service.name=chat" }, true],
  [{ OTEL_RESOURCE_ATTRIBUTES: "other.service.name=chat" }, false],
])("TEL1 %j names the service: %s", (env, isNamed) => expect(telemetryAsked(env).isNamed).toBe(isNamed));

test("TEL1 the SDK is loaded only where it is asked for; where it is missing, one line says how to get it", async () => {
  const lines: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (message: string) => void lines.push(message) };
  let loads = 0;
  const missing = async () => {
    loads += 1;
    throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  };
  expect(await startTraces({ askedBy: null, isNamed: false }, log, missing)).toBeNull();
  expect([loads, lines]).toEqual([0, []]);
  expect(await startTraces({ askedBy: "OTEL_EXPORTER_OTLP_ENDPOINT", isNamed: false }, log, missing)).toBeNull();
  expect(lines).toEqual([
    `OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, but OpenTelemetry is not installed: npm install --no-save ${sdkPackage}`,
  ]);
});

test("TEL1 the version that the line names is the one that is tested", async () => {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  const [name = "", version] = sdkPackage.split(/(?<=.)@/);
  expect((manifest.devDependencies as Record<string, string>)[name]).toBe(version);
  expect(manifest.dependencies).not.toHaveProperty(name);
});
