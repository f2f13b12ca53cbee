import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AdminApi } from "./adminApi.ts";
import { Connection } from "./connection.svelte.ts";
import { type StagedLink, stagedDial } from "./testing/stagedDial.ts";

/** A server at arm's length: sockets that open, say something and close when the test wants. */
class FakeServer {
  admin: string | null = "operator";
  reachable = true;
  stillHere = vi.fn().mockResolvedValue({ ok: true });
  links: StagedLink[] = [];

  readonly ports = {
    whoIsSignedIn: async () => {
      if (!this.reachable) throw new TypeError("Failed to fetch");
      return this.admin === null ? null : { name: this.admin, rights: ["sessions:read" as const] };
    },
    dial: stagedDial((link) => this.links.push(link)),
  };

  get link() {
    const link = this.links.at(-1);
    if (!link) throw new Error("no socket was opened");
    return link;
  }

  welcome(): void {
    this.link.welcome({ session: { stillHere: { mutate: this.stillHere } } } as unknown as AdminApi);
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
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What was asked by HTTP is answered by then. */
const answered = () => vi.advanceTimersByTimeAsync(0);

async function started() {
  connection.start();
  await answered();
}

async function connected() {
  if (connection.state.type === "checking") connection.start();
  await answered();
  server.welcome();
}

/** Passes the time until the next try, and the answer to what is asked then. */
async function untilNextTry() {
  if (connection.state.type !== "lost") throw new Error(connection.state.type);
  await vi.advanceTimersByTimeAsync(Math.ceil(connection.state.retryAtMs - performance.now()));
}

test("nothing can be asked before the hello is answered", async () => {
  connection.start();
  expect(connection.state.type).toBe("checking");
  await answered();
  expect([connection.state.type, connection.api]).toEqual(["connecting", null]);
  server.welcome();
  expect([connection.state.type, connection.admin]).toEqual(["open", "operator"]);
  expect(connection.api).not.toBeNull();
});

test("without a cookie it asks to sign in and opens no socket", async () => {
  server.admin = null;
  await started();
  expect(connection.state.type).toBe("signed_out");
  expect(server.links).toHaveLength(0);
  expect(await connection.signedInAgain()).toBe(false);
  server.admin = "operator";
  expect(await connection.signedInAgain()).toBe(true);
  await connected();
  expect(connection.state.type).toBe("open");
});

test("CLT4 a lost connection is said at once and tried again after a random delay that grows", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  await connected();
  server.link.close(1006);
  expect(connection.state).toMatchObject({ type: "lost", cause: "the connection was lost", lastTry: null });
  expect(connection.api).toBeNull();

  server.reachable = false;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    if (connection.state.type !== "lost") throw new Error(connection.state.type);
    waits.push(Math.round(connection.state.retryAtMs - performance.now()));
    await untilNextTry();
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);

  server.reachable = true;
  await untilNextTry();
  server.welcome();
  expect(connection.state.type).toBe("open");
});

test("CLT4 a server that cannot be reached at first is tried again, and said so", async () => {
  server.reachable = false;
  await started();
  expect(connection.state).toMatchObject({ type: "lost", cause: "the server cannot be reached", lastTry: null });
  server.reachable = true;
  await untilNextTry();
  server.welcome();
  expect(connection.state.type).toBe("open");
});

test("CLT4 a hello that nobody answers is given up, and tried again", async () => {
  await started();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(server.link.abandoned).toBe(true);
  expect(connection.state).toMatchObject({ type: "lost", cause: "the server does not answer" });
});

test("HB7 a silent server is asked, then given up at the bound that it told", async () => {
  await connected();
  await vi.advanceTimersByTimeAsync(90_000);
  expect([server.link.probes, connection.state.type]).toEqual([1, "open"]);
  await vi.advanceTimersByTimeAsync(100);
  expect(server.link.abandoned).toBe(true);
  expect(connection.state).toMatchObject({ type: "lost", cause: "the server went silent" });
});

test("HB7 a doubt of the page asks the server at once; an answer settles it, silence gives the connection up", async () => {
  await connected();
  connection.doubt();
  expect([server.link.probes, connection.state.type]).toEqual([1, "open"]);
  server.link.heard();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(connection.state.type).toBe("open");
  connection.doubt();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(connection.state).toMatchObject({ type: "lost", cause: "the server went silent" });
});

test("SES5 it takes its session up again after a loss", async () => {
  await connected();
  server.link.close(1006);
  await untilNextTry();
  expect(server.links.map(({ ticket }) => ticket)).toEqual([null, { sessionId: "session_1", token: "token-1" }]);
});

test("CLT2 it comes back when the server asked it to, and no hint brings that forward", async () => {
  await connected();
  server.link.push({ type: "ending", reason: "server_shutdown", code: 1012, retry: true, retryAfterMs: 7_000, detail: "" });
  server.link.close(1012, "server_shutdown retry_after_ms=3000");
  const state = { type: "lost", cause: "the server was stopped", retryAtMs: performance.now() + 7_000 };
  expect(connection.state).toMatchObject(state);
  window.dispatchEvent(new Event("online"));
  expect(connection.state).toMatchObject(state);
});

test("CLT2 the delay in the close reason counts where the notice was lost", async () => {
  await connected();
  server.link.close(1012, "server_shutdown retry_after_ms=3000");
  expect(connection.state).toMatchObject({ cause: "the server was stopped", retryAtMs: performance.now() + 3_000 });
});

test("CLT2 a planned restart stays what is said, whatever the tries meet that come too early", async () => {
  await connected();
  server.link.push({ type: "ending", reason: "server_shutdown", code: 1012, retry: true, retryAfterMs: 1_000, detail: "" });
  server.link.close(1012);
  expect(connection.state).toMatchObject({ cause: "the server was stopped", lastTry: null });

  server.reachable = false;
  await untilNextTry();
  expect(connection.state).toMatchObject({ cause: "the server was stopped", lastTry: "the server cannot be reached" });

  server.reachable = true;
  await untilNextTry();
  server.welcome();
  server.link.close(1006);
  expect(connection.state).toMatchObject({ cause: "the connection was lost", lastTry: null });
});

test("CLT4 a network that comes back brings the next try forward", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.9);
  await connected();
  server.link.close(1006);
  window.dispatchEvent(new Event("online"));
  expect(connection.state.type).toBe("connecting");
});

test.each([
  [4503, "ended by an operator"],
  [4502, "replaced by a newer connection"],
  [4999, "the server closed it with code 4999"],
])("CLT1 after the terminal close code %i it stays away until somebody asks", async (code, cause) => {
  await connected();
  server.link.close(code);
  expect(connection.state).toEqual({ type: "ended", cause });
  await vi.advanceTimersByTimeAsync(60_000);
  window.dispatchEvent(new Event("online"));
  expect(server.links).toHaveLength(1);

  connection.connect();
  await connected();
  expect(connection.state.type).toBe("open");
});

test("OPS1 a hello refused for want of a sign-in leads to the sign-in page", async () => {
  await started();
  server.link.close(4504, "unauthorized");
  expect(connection.state.type).toBe("signed_out");
  expect(server.links).toHaveLength(1);
});

test("OPS1 a sign-in that ends under an open page leads to signing in, not to a page that has ended", async () => {
  await connected();
  server.link.close(4504);
  expect(connection.state.type).toBe("signed_out");
  expect(connection.api).toBeNull();
  expect(connection.wasOpen).toBe(true);
});

test("OPS1 a sign-in that ended during an outage leads to signing in, once the server can say so", async () => {
  await connected();
  server.link.close(1006);
  server.admin = null;
  await untilNextTry();
  expect(connection.state.type).toBe("signed_out");
  expect(server.links).toHaveLength(1);
});

test("OPS1 a page that is looked at again sees that somebody signed in in another tab", async () => {
  await connected();
  server.link.close(4504);
  server.admin = null;
  document.dispatchEvent(new Event("visibilitychange"));
  await answered();
  expect(connection.state.type).toBe("signed_out");
  server.admin = "operator";
  document.dispatchEvent(new Event("visibilitychange"));
  await connected();
  expect(connection.state.type).toBe("open");
});

test("what an abandoned socket still reports is ignored", async () => {
  await connected();
  const first = server.link;
  connection.doubt();
  await vi.advanceTimersByTimeAsync(20_000);
  await untilNextTry();
  server.welcome();
  expect(server.links).toHaveLength(2);
  first.close(4503);
  expect(connection.state.type).toBe("open");
});

test("TO2 a page that somebody can see answers the idle warning by itself", async () => {
  await connected();
  server.link.push({ type: "idle_warning", endsInMs: 30_000 });
  expect(server.stillHere).toHaveBeenCalledOnce();
});
