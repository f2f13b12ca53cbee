/**
 * Loads OpenTelemetry's SDK, only where the environment asks for it (rule TEL1). It is not part of an installation: it is forty megabytes.
 * Metrics are not sent this way; collectors scrape `/metrics`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { KeeperLog } from "@lastbeat/core";
import type { TelemetryConfig } from "../config/telemetryAsked.ts";
import { SparseLog } from "../log/sparseLog.ts";
import { version } from "../version.ts";
import { Traces } from "./traces.ts";

/** The version that is tested. */
export const sdkPackage = "@opentelemetry/sdk-node@0.301.0";
/** How long a stop waits for a collector. */
const CLOSE_MS = 2_000;

type Load = () => Promise<[typeof import("@opentelemetry/sdk-node"), typeof import("@opentelemetry/api")]>;

const loadSdk: Load = () => Promise.all([import("@opentelemetry/sdk-node"), import("@opentelemetry/api")]);

/** @returns `null` where it is not asked for, or cannot be had; the log then says why. The server runs either way. */
export async function startTraces(config: TelemetryConfig, log: KeeperLog, load: Load = loadSdk): Promise<Traces | null> {
  const { askedBy, isNamed } = config;
  if (askedBy === null) return null;
  try {
    const [{ NodeSDK }, { diag, DiagLogLevel, trace }] = await load();
    const sdk = new NodeSDK({
      ...(isNamed ? {} : { serviceName: "lastbeat" }),
      // Traces alone: without these, the SDK would send metrics and logs of its own.
      metricReaders: [],
      logRecordProcessors: [],
    });
    sdk.start();
    const sparse = new SparseLog(log);
    const failed = (message: string) => sparse.warn("otel", `OpenTelemetry: ${message.slice(0, 500)}`);
    const quiet = () => {};
    diag.setLogger(
      { error: failed, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
      { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
    );
    log.info(`Traces are sent, as ${askedBy} asks for`);
    const close = () => Promise.race([sdk.shutdown().catch((error: Error) => failed(error.message)), sleep(CLOSE_MS)]);
    return new Traces(trace.getTracer("lastbeat", version), close);
  } catch (error) {
    log.error(problemOf(error, askedBy));
    return null;
  }
}

function problemOf(error: unknown, askedBy: string): string {
  if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
    return `${askedBy} asks for traces, but OpenTelemetry is not installed: npm install --no-save ${sdkPackage}`;
  return `${askedBy} asks for traces, but OpenTelemetry does not start: ${(error as Error).message}`;
}
