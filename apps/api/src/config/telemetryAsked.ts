/** Whether OpenTelemetry is asked for by the environment variables that its SDK defines (rule TEL1). Everything else of them is read by the SDK. */
import type { Environment } from "./environmentLayer.ts";

export interface TelemetryConfig {
  /** The variable that asks for traces; `null` if none does. */
  readonly askedBy: string | null;
  /** Whether the environment names the service. */
  readonly isNamed: boolean;
}

const asking = [
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_TRACES_EXPORTER",
  "OTEL_CONFIG_FILE",
] as const;

export function telemetryAsked(env: Environment): TelemetryConfig {
  const value = (name: string) => env[name]?.trim() ?? "";
  const isOff = value("OTEL_SDK_DISABLED").toLowerCase() === "true" || value("OTEL_TRACES_EXPORTER").toLowerCase() === "none";
  const askedBy = isOff ? null : (asking.find((name) => value(name) !== "") ?? null);
  const isNamed = value("OTEL_SERVICE_NAME") !== "" || /(?:^|,)\s*service\.name=/.test(value("OTEL_RESOURCE_ATTRIBUTES"));
  return { askedBy, isNamed };
}
