/** Everything that `lastbeat doctor` looks at, with or without a running server (rule RUN2). */
import { dirname } from "node:path";
import { type Config, loadConfig } from "../config.ts";
import { isKnown } from "../contract/errors.ts";
import { clockFinding, clockJumpMs, isSynchronized } from "./clock.ts";
import { databaseFindings } from "./database.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { providerFindings } from "./identityProvider.ts";
import { machineFindings } from "./machine.ts";
import { placeFindings } from "./places.ts";
import { proxyFindings } from "./proxy.ts";
import { exposureFindings, portFindings } from "./serving.ts";

export interface ExamineOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether to take as long as a thorough look needs. */
  readonly slow: boolean;
  readonly proxy: { readonly url: string; readonly token: string | undefined; readonly idleMs: number } | null;
}

/** Without a valid configuration there is nothing more to look at. */
export async function examine({ env, slow, proxy }: ExamineOptions): Promise<Finding[]> {
  const config = configOf(env);
  if (Array.isArray(config)) return config;
  const { ledger, log, settings, preset } = config;
  const database = databaseFindings(ledger.file, slow);
  const clock = { nowMs: Date.now(), jumpMs: await clockJumpMs(), knownMs: database.knownMs, synchronized: isSynchronized() };
  return [
    ok("configuration", `preset ${preset}, ${config.file ?? "no file"}`),
    ...exposureFindings(config),
    ...machineFindings({ maxSessions: settings.maxSessions, serverPid: database.holderPid }),
    clockFinding(clock),
    ...placeFindings({ name: "data", folder: dirname(ledger.file), files: [ledger.file, `${ledger.file}-wal`] }),
    ...placeFindings({ name: "logs", folder: dirname(log.file), files: [log.file] }),
    ...database.findings,
    ...(await portFindings(config, database.isHeld)),
    ...(await providerFindings(config.operators.oidc)),
    ...(proxy === null ? [] : await proxyFindings({ ...proxy, keepaliveMs: settings.keepaliveMs })),
  ];
}

/** The configuration, or what is wrong with it. */
function configOf(env: ExamineOptions["env"]): Config | Finding[] {
  try {
    return loadConfig({ env });
  } catch (error) {
    if (!isKnown(error)) throw error;
    return error.message.split("\n").map((line) => problem("configuration", line));
  }
}
