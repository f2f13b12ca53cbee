/** Several processes of one server, each with a client of its own, measured as if they were one: more sessions than a process may have files. */
import { BenchClient, type ClientReport, type Opened } from "./benchClient.ts";
import { type BenchServer, type ServerOptions, startServer } from "./benchServer.ts";
import type { Contender } from "./contenders.ts";
import { type ProcessorTime, sum } from "./processorTime.ts";

/** Sessions of one process; the usual limit on open files is 20,000. */
export const SESSIONS_PER_PROCESS = 19_500;

export interface Fleet {
  readonly server: Omit<BenchServer, "pid" | "port" | "profileOf">;
  readonly client: Pick<BenchClient, "open" | "mute" | "drive" | "report" | "vanish" | "stop">;
}

export async function startFleet(contender: Contender, processes: number, options: ServerOptions): Promise<Fleet> {
  const servers = await Promise.all(Array.from({ length: processes }, () => startServer(contender, options)));
  const clients = await Promise.all(servers.map(({ port }) => BenchClient.start(contender, port)));
  return { server: joinedServers(servers), client: joinedClients(clients) };
}

const none: ProcessorTime = { all: 0, main: 0, workers: 0 };

function joinedServers(servers: readonly BenchServer[]): Fleet["server"] {
  return {
    processorTime: () => servers.reduce((total, server) => sum(total, server.processorTime()), none),
    async memory() {
      const each = await Promise.all(servers.map((server) => server.memory()));
      return {
        ownBytes: total(each.map(({ ownBytes }) => ownBytes)) ?? 0,
        heapBytes: total(each.map(({ heapBytes }) => heapBytes)),
      };
    },
    count: async () => total(await Promise.all(servers.map((server) => server.count()))),
    async delayDuring(work) {
      const [first, ...others] = servers;
      if (first === undefined) return null;
      let delayOfOthers: number | null = null;
      const delay = await first.delayDuring(async () => {
        if (others.length === 0) return work();
        delayOfOthers = await joinedServers(others).delayDuring(work);
      });
      return delay === null ? null : Math.max(delay, delayOfOthers ?? 0);
    },
    async settled() {
      await Promise.all(servers.map((server) => server.settled()));
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

function joinedClients(clients: readonly BenchClient[]): Fleet["client"] {
  const share = (count: number) => Math.ceil(count / clients.length);
  const all = <T>(ask: (client: BenchClient) => Promise<T>) => Promise.all(clients.map(ask));
  return {
    open: async (count, window) => joinedOpened(await all((client) => client.open(share(count), window))),
    mute: async (count) => void (await all((client) => client.mute(share(count)))),
    drive: async (intervalMs) => void (await all((client) => client.drive(intervalMs))),
    report: async () => joinedReports(await all((client) => client.report())),
    vanish: async () => void (await all((client) => client.vanish())),
    stop: async () => void (await all((client) => client.stop())),
  };
}

function joinedOpened(each: readonly Opened[]): Opened {
  return {
    opened: total(each.map(({ opened }) => opened)) ?? 0,
    failed: total(each.map(({ failed }) => failed)) ?? 0,
    ms: Math.max(...each.map(({ ms }) => ms)),
  };
}

function joinedReports(each: readonly ClientReport[]): ClientReport {
  const of = (field: "live" | "lost" | "beats" | "frames" | "bytes" | "found") => total(each.map((report) => report[field])) ?? 0;
  const silences = each.flatMap(({ silenceMs }) => (silenceMs === undefined ? [] : [silenceMs]));
  const counts = {
    live: of("live"),
    lost: of("lost"),
    beats: of("beats"),
    frames: of("frames"),
    bytes: of("bytes"),
    found: of("found"),
  };
  const [first] = silences;
  if (first === undefined) return counts;
  const silenceMs = [
    Math.min(...silences.map(([least]) => least)),
    first[1],
    Math.max(...silences.map(([, , most]) => most)),
  ] as const;
  return { ...counts, silenceMs };
}

/** `null` when any of them is unknown. */
function total(values: readonly (number | null)[]): number | null {
  let all = 0;
  for (const value of values) {
    if (value === null) return null;
    all += value;
  }
  return all;
}
