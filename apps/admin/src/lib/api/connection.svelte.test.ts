import { TRPCClientError } from "@trpc/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AdminApi } from "./adminApi.ts";
import { Connection } from "./connection.svelte.ts";
import type { LinkEvents } from "./link.ts";

type Notice = { type: string; [key: string]: unknown };

/** A server at arm's length: sockets that open, say something and close when the test wants. */
class FakeServer {
  admin: string | null = "operator";
  reachable = true;
  open = vi.fn().mockResolvedValue({});
  stillHere = vi.fn().mockResolvedValue({ ok: true });
  links: { events: LinkEvents; closed: boolean; notify: (notice: Notice) => void }[] = [];

  readonly ports = {
    whoIsSignedIn: async () => {
      if (!this.reachable) throw new TypeError("Failed to fetch");
      return this.admin;
    },
    openLink: (events: LinkEvents) => {
      const link = { events, closed: false, notify: (_: Notice) => {} };
      this.links.push(link);
      const api = {
        session: {
          open: { mutate: this.open },
          stillHere: { mutate: this.stillHere },
          events: {
            subscribe: (_: undefined, { onData }: { onData: (notice: Notice) => void }) => {
              link.notify = onData;
            },
          },
        },
      } as unknown as AdminApi;
      return {
        api,
        close: () => {
          link.closed = true;
        },
      };
    },
  };

  get link() {
    const link = this.links.at(-1);
    if (!link) throw new Error("no socket was opened");
    return link;
  }
}

let server: FakeServer;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  connection = new Connection(server.ports);
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

async function connected() {
  await connection.connect();
  server.link.events.onOpen();
  await vi.advanceTimersByTimeAsync(0);
}

test("it says hello as an operator before anything else is asked", async () => {
  await connection.connect();
  expect(connection.api).toBeNull();
  server.link.events.onOpen();
  await vi.advanceTimersByTimeAsync(0);
  expect(server.open).toHaveBeenCalledExactlyOnceWith({ name: "operator", kind: "admin" });
  expect(connection.state.type).toBe("open");
  expect(connection.api).not.toBeNull();
});

test("without a cookie it asks to sign in and opens no socket", async () => {
  server.admin = null;
  await connection.connect();
  expect(connection.state.type).toBe("signed_out");
  expect(server.links).toHaveLength(0);
});

test("CLT4 a lost connection is said at once and tried again after a random delay that grows", async () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0.5);
  await connected();
  server.link.events.onClose(1006);
  expect(connection.state).toMatchObject({ type: "lost", attempt: 1, cause: "the connection was lost" });
  expect(connection.api).toBeNull();

  server.reachable = false;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    if (connection.state.type !== "lost") throw new Error(connection.state.type);
    const waitMs = connection.state.retryAtMs - Date.now();
    waits.push(waitMs);
    await vi.advanceTimersByTimeAsync(waitMs);
  }
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);

  server.reachable = true;
  await vi.advanceTimersByTimeAsync(10_000);
  server.link.events.onOpen();
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.state.type).toBe("open");
  random.mockRestore();
});

test("CLT2 it comes back when the server asked it to", async () => {
  await connected();
  server.link.notify({ type: "ending", reason: "server_shutdown", code: 1012, retry: true, retryAfterMs: 7_000, detail: "" });
  server.link.events.onClose(1012);
  expect(connection.state).toMatchObject({ type: "lost", cause: "the server was stopped", retryAtMs: Date.now() + 7_000 });
});

test("CLT2 a planned restart stays what is said, whatever the tries meet that come too early", async () => {
  await connected();
  server.link.notify({ type: "ending", reason: "server_shutdown", code: 1012, retry: true, retryAfterMs: 1_000, detail: "" });
  server.link.events.onClose(1012);
  expect(connection.state).toMatchObject({ cause: "the server was stopped", lastTry: null });

  server.reachable = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connection.state).toMatchObject({ cause: "the server was stopped", lastTry: "the server cannot be reached" });

  server.reachable = true;
  await connected();
  server.link.events.onClose(1006);
  expect(connection.state).toMatchObject({ cause: "the connection was lost", lastTry: null });
});

test("CLT1 after a terminal close code it stays away until somebody asks", async () => {
  await connected();
  server.link.events.onClose(4503);
  expect(connection.state).toMatchObject({ type: "ended", cause: "ended by an operator" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.links).toHaveLength(1);

  await connected();
  expect(connection.state.type).toBe("open");
});

test("a hello refused for want of a sign-in leads to the sign-in page", async () => {
  server.open.mockRejectedValue(TRPCClientError.from({ error: { message: "no", code: -32001, data: { code: "UNAUTHORIZED" } } }));
  await connected();
  expect(connection.state.type).toBe("signed_out");
  expect(server.link.closed).toBe(true);
});

test("OPS1 a sign-in that ends under an open page leads to signing in, not to a page that has ended", async () => {
  await connected();
  server.link.events.onClose(4504);
  expect(connection.state.type).toBe("signed_out");
  expect(connection.api).toBeNull();
  expect(connection.wasOpen).toBe(true);
});

test("what an abandoned socket still reports is ignored", async () => {
  await connected();
  const first = server.link;
  connection.abandon("the server has been silent for 10 s");
  await connected();
  first.events.onClose(4503);
  expect(connection.state.type).toBe("open");
});

test("TO2 a page that somebody can see answers the idle warning by itself", async () => {
  await connected();
  server.link.notify({ type: "idle_warning", endsInMs: 30_000 });
  expect(server.stillHere).toHaveBeenCalledOnce();
});
