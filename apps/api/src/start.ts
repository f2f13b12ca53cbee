/** Starts the server from its configuration, or explains why it cannot start. */
import { dirname, join } from "node:path";
import { linkRenewal } from "./auth/linkRenewal.ts";
import { exposureIssues } from "./config/exposure.ts";
import { type Config, exposureOf, loadConfig, refuseRisks } from "./config.ts";
import { exitStatusOf } from "./contract/errors.ts";
import { setPrivateUmask, tightenFiles } from "./files/privateFiles.ts";
import { watchHangUp } from "./hangUp.ts";
import { openStore } from "./ledger/openStore.ts";
import { checkFree } from "./listen.ts";
import { createLog, type Log } from "./log.ts";
import { type RunningServer, startServer } from "./runtime.ts";
import { exitOnUncaught, stopOnSignals } from "./shutdown.ts";
import { startTraces } from "./telemetry/startTraces.ts";
import { version } from "./version.ts";

/** Starts the server. On failure, prints the reason to standard error and exits with that error's status. */
export async function start(): Promise<void> {
  // Their reader may be gone. The log reports lines lost that way.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  setPrivateUmask();
  try {
    const config = loadConfig();
    refuseRisks(config);
    await checkFree(config.server);
    const log = createLog(config.log);
    exitOnUncaught(log);
    const hangUp = watchHangUp(log);
    log.info(`Starting Lastbeat ${version}`, { pid: process.pid, preset: config.preset, file: config.file });
    for (const line of tightenFiles(writtenFiles(config))) log.warn(line);
    const server = await open(config, log);
    const stop = stopOnSignals(server, { log, drainLimitMs: config.server.drainLimitMs });
    hangUp.terminalClosed = () => stop("SIGHUP");
    warnOfSavedRisks(server, config, log);
    offerSignIn(server, config, log);
    log.info(`Listening on ${config.server.host}:${server.port}`);
  } catch (error) {
    process.stderr.write(explain(error));
    process.exit(exitStatusOf(error) ?? 1);
  }
}

async function open(config: Config, log: Log): Promise<RunningServer> {
  const store = await openStore({ ...config.ledger, webhooks: config.webhooks, bootVersion: version, log });
  const traces = await startTraces(config.telemetry, log);
  return startServer({ config, log, logControl: log, traces, store });
}

/** What the server writes; files that begin alike (the write-ahead log, rotated logs, copies) belong to them. */
function writtenFiles({ ledger, log }: Config): string[] {
  const keys = ["operators.json", "tokens.json"].map((name) => join(dirname(ledger.file), name));
  return [ledger.file, log.file, ...keys];
}

/** Settings saved by an operator may take off a limit that the configuration sets. They do not stop a start, but are not passed over. */
function warnOfSavedRisks({ services }: RunningServer, config: Config, log: Log): void {
  const exposure = { ...exposureOf(config), settings: services.keeper.settings };
  for (const { field, message } of exposureIssues(exposure, config.server.acceptRisks, () => null))
    log.warn(`Saved by an operator: ${field}: ${message}`);
}

/** Prints the apps' addresses. The sign-in link goes to the console only, never to the log file. */
function offerSignIn(server: RunningServer, { server: { host } }: Config, log: Log): void {
  const name = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host) ? "localhost" : host;
  const origin = `http://${name.includes(":") ? `[${name}]` : name}:${server.port}`;
  const { basePath } = server.services;
  const link = () => {
    const path = server.newSignInPath();
    if (path !== null) return `Admin  ${origin}${path}  (this link works once)\n`;
    return `Admin  ${origin}${basePath}/admin  (password forgotten: npx lastbeat operator link <name>)\n`;
  };
  log.print(`\n  Chat   ${origin}${basePath}/\n  ${link()}\n`);
  if (linkRenewal === "signal") process.on("SIGUSR2", () => log.print(link()));
}

/** Errors that the user can fix are shown as a message, all others with their stack. */
function explain(error: unknown): string {
  if (error instanceof Error && exitStatusOf(error) !== null) return `${error.message}\n`;
  return `cannot start Lastbeat: ${error instanceof Error ? error.stack : String(error)}\n`;
}
