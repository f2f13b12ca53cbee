/**
 * The image's health check (rule RUN6): exits with 0 if the server of this configuration answers `/healthz`. It asks for life, not readiness: a server
 * whose disk is full still has sessions, which a restart would end.
 */
import { loadConfig } from "./config.ts";
import { localUrl } from "./localUrl.ts";

const LIMIT_MS = 4_000;

try {
  const response = await fetch(`${localUrl(loadConfig().server)}/healthz`, { signal: AbortSignal.timeout(LIMIT_MS) });
  process.stdout.write(`${response.status} ${await response.text()}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`${message}${cause instanceof Error ? `: ${cause.message}` : ""}\n`);
  process.exitCode = 1;
}
