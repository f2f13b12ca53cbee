/** Runs a server: its services over HTTP and WebSockets on one port. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AddressCap } from "./addressCap.ts";
import { createApp } from "./app.ts";
import { composeServices, type ServerParts } from "./composeServices.ts";
import type { Config } from "./config.ts";
import { ConnectionLimit } from "./connectionLimit.ts";
import { createHttpServer } from "./httpServer.ts";
import { listen } from "./listen.ts";
import { listenForScrapes, type MetricsListener } from "./metrics/metricsListener.ts";
import type { Services } from "./services.ts";
import { acceptUpgrades } from "./transports/upgrade.ts";

export interface RunningServer {
  readonly port: number;
  readonly services: Services;
  /** Path of a new one-time link, see `FirstLink`. Invalidates the previous one. `null` when there is an account to sign in with. */
  newSignInPath(): string | null;
  /** Number of open sessions plus ledger events not yet written. */
  unwritten(): number;
  /** Stops listening, ends every session and flushes the ledger, if possible within the limit. Idempotent. */
  close(limitMs?: number): Promise<void>;
}

/** What a client has open beside its WebSockets, such as a browser's connections over HTTP, is as many again. */
function addressCap({ keeper, proxies, refusals }: Services): AddressCap {
  return new AddressCap({
    most: () => 2 * keeper.settings.maxConnectionsPerAddress,
    isTrusted: (address) => proxies.isProxy(address),
    onRefused: (address) => refusals.write("Closed a connection: its address has too many", { address }),
  });
}

/** Starts serving. If it throws, everything it opened has been closed again, including the store. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, store } = parts;
  const connectionLimit = new ConnectionLimit(parts.log, parts.descriptors);
  const services = await composeServices(parts, connectionLimit).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const open = openPort(services, connectionLimit, config);
  let scrapes: MetricsListener | null = null;
  let closing: Promise<void> | undefined;
  const close = (limitMs = Number.POSITIVE_INFINITY) => {
    closing ??= closeAll({ services, ...open, closeScrapes: () => scrapes?.close() }, performance.now() + limitMs);
    return closing;
  };
  try {
    await listen(open.server, config.server);
    if (config.metrics.listen !== null) scrapes = await listenForScrapes(services.metrics, config.metrics.listen, parts.log);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port: (open.server.address() as AddressInfo).port,
    services,
    unwritten() {
      const { opening, active, suspended, ending } = services.keeper.stats();
      return opening + active + suspended + ending + store.queued();
    },
    newSignInPath() {
      const path = services.firstLink.renew();
      return path === null ? null : `${services.basePath}${path}`;
    },
    close,
  };
}

interface OpenPort {
  readonly server: Server;
  readonly stopUpgrades: () => void;
}

/** Makes what answers on the port. It does not listen yet. */
function openPort(services: Services, connectionLimit: ConnectionLimit, { server: own, websocket, root }: Config): OpenPort {
  const { allowedOrigins } = own;
  const server = createHttpServer({
    limits: own.http,
    handle: createApp({ services, connectionLimit, allowedOrigins, root }).callback(),
    onFlood: (request) =>
      services.refusals.write("Closed a connection: too many requests wait for an answer on it", {
        address: services.proxies.originOf(request).address,
      }),
  });
  connectionLimit.watch(server);
  addressCap(services).watch(server);
  const { maxFrameBytes } = websocket;
  return { server, stopUpgrades: acceptUpgrades(server, { services, connectionLimit, allowedOrigins, maxFrameBytes }) };
}

interface Closing extends OpenPort {
  readonly services: Services;
  readonly closeScrapes: () => void;
}

async function closeAll({ services, server, stopUpgrades, closeScrapes }: Closing, untilMs: number): Promise<void> {
  // The port stays open while sessions end, so that probes and operators are answered.
  services.readiness.stop();
  services.refusals.flush();
  services.overviewFeed.close();
  services.signIns.close();
  services.windows.close();
  await services.keeper.close();
  services.users.close();
  services.diskFloor.close();
  services.chat.close();
  await services.webhooks.close(untilMs - performance.now());
  stopUpgrades();
  const unbound = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  // Sign-ins may fail for as long as requests are taken.
  services.audit.flush();
  await services.store.close();
  // Last, so that a scrape sees how far a long stop has come.
  closeScrapes();
  services.metrics.close();
  await services.traces?.close();
  await unbound;
}
