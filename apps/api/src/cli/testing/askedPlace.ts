/** A server over a database with a few ended sessions, to be asked over REST and as a file. */
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { type Scratch, scratch } from "../../ledger/testing/scratchStore.ts";
import { startTestServer, type TestServer } from "../../testing/testServer.ts";

export interface AskedPlace extends AsyncDisposable {
  readonly server: TestServer;
  readonly place: Scratch;
  /** What makes a command ask the server, or the file. */
  readonly from: Readonly<Record<Asked, readonly string[]>>;
}

export type Asked = "server" | "file";
export const bothAsked: readonly Asked[] = ["server", "file"];

/** What a user or a client sent that must not act on who reads it. */
export const nasty = { user: "=cmd|' /C calc'!A0", client: 'Evil\u001b[2J\u202egnirts, "quoted"\nsecond line' };

export async function askedPlace(): Promise<AskedPlace> {
  const place = scratch();
  const store = await place.open();
  const server = await startTestServer({ store });
  const end = async (id: string, opened: object, ended: object) => {
    await store.ledger.opened(sampleOpened(id, opened));
    await store.ledger.ended(sampleEnded(id, ended));
  };
  const hourAgoMs = Date.now() - 3_600_000;
  const left = { reason: "client_left", tier: "socket", cleanup: "complete", resourcesFailed: [], boundMs: null } as const;
  await end("session_old", {}, {});
  await end("session_left", { user: "Grace", room: null }, { ...left, detectedAtMs: hourAgoMs, detectionMs: 3 });
  await end("session_nasty", nasty, { detectedAtMs: hourAgoMs + 60_000, detectionMs: 80_000 });
  return {
    server,
    place,
    from: { server: ["--url", server.http], file: ["--db", place.file] },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}
