/** The test bench of most rule tests: a keeper with a virtual clock and fake clients. */

import type { Engine } from "../keeper/engine.ts";
import { createSessionKeeper, engineOf, type KeeperOptions } from "../keeper/keeper.ts";
import type { SessionRecord } from "../keeper/record.ts";
import type { Connection, Hello, Session, SessionKeeper } from "../keeper/types.ts";
import type { LedgerEvent } from "../ports/ledger.ts";
import { createMemoryLedger, type MemoryLedger } from "../ports/memoryLedger.ts";
import { createFakeSocket, type FakeSocket } from "./fakeSocket.ts";
import { createSeededRandom } from "./seededRandom.ts";
import { createVirtualClock, settle, type VirtualClock } from "./virtualClock.ts";

export interface Client {
  readonly socket: FakeSocket;
  readonly connection: Connection;
  readonly session: Session;
  readonly token: string;
}

export interface TestBench {
  readonly clock: VirtualClock;
  readonly ledger: MemoryLedger;
  readonly keeper: SessionKeeper;
  readonly engine: Engine;
  readonly logged: string[];
  /** Connects a client and says hello. It answers heartbeats unless `mute`. */
  join(
    options?: Partial<Hello> & { readonly mute?: boolean; readonly address?: string; readonly sessionId?: string },
  ): Promise<Client>;
  connect(options?: { readonly address?: string; readonly sessionId?: string }): { socket: FakeSocket; connection: Connection };
  /** Advances time while a condition holds. Throws after ten minutes of virtual time, so that no test hangs. */
  waitWhile(condition: () => boolean): Promise<void>;
  /** The keeper's record of a live session. */
  recordOf(session: Session): SessionRecord;
  /** The types of a session's events in the ledger. */
  story(sessionId: string): string[];
  serverEvents(): LedgerEvent["event"][];
}

function liveRecord(engine: Engine, id: string): SessionRecord {
  const record = engine.registry.get(id);
  if (record === undefined) throw new Error(`${id} is not live`);
  return record;
}

const STEP_MS = 100;

async function passWhile(clock: VirtualClock, condition: () => boolean): Promise<void> {
  for (let passedMs = 0; condition(); passedMs += STEP_MS) {
    if (passedMs > 600_000) throw new Error("the condition still holds after ten minutes");
    await clock.advanceAsync(STEP_MS);
  }
}

/** All its connections come from one address. */
const unlimited = { maxOpeningPerAddress: 0, maxConnectionsPerAddress: 0, connectionRatePerAddress: 0 };

/** Creates the bench; options as for `createSessionKeeper`, with no limits per address by default. */
export function createTestBench(options: KeeperOptions & { readonly ledger?: MemoryLedger } = {}): TestBench {
  const clock = createVirtualClock();
  const ledger = options.ledger ?? createMemoryLedger();
  const logged: string[] = [];
  const line = (level: string) => (message: string) => {
    logged.push(`${level} ${message}`);
  };
  const log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  const settings = { ...unlimited, ...options.settings };
  const keeper = createSessionKeeper({ clock, random: createSeededRandom(7), log, ...options, settings, ledger });

  const connect: TestBench["connect"] = ({ address = "192.0.2.1", sessionId } = {}) => {
    const socket = createFakeSocket();
    const connection = keeper.accept(socket, { address, client: "test", transport: "fake" }, { sessionId });
    if (connection === null) throw new Error("the keeper refused the connection");
    return { socket, connection };
  };

  const engine = engineOf(keeper);

  return {
    clock,
    ledger,
    keeper,
    engine,
    logged,
    connect,
    waitWhile: (condition) => passWhile(clock, condition),
    recordOf: ({ id }) => liveRecord(engine, id),
    async join({ mute = false, address, sessionId, ...hello } = {}) {
      const { socket, connection } = connect({ address, sessionId });
      if (!mute) socket.onHeartbeat = () => connection.received(4);
      const result = await connection.hello({ user: "ada", ...hello });
      if (!result.accepted) throw new Error(`the keeper refused the hello: ${result.refusal.detail}`);
      await settle();
      return { socket, connection, session: result.session, token: result.welcome.resumeToken };
    },
    story: (sessionId) => ledger.events().flatMap((entry) => (entry.sessionId === sessionId ? [entry.event.type] : [])),
    serverEvents: () => ledger.events().flatMap((entry) => (entry.sessionId === null ? [entry.event] : [])),
  };
}
