import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, type TestServer } from "../testing/testServer.ts";
import { SignIns } from "./signIns.ts";
import { TokenFile } from "./tokenFile.ts";

const WITHIN_MS = 1_000;
const TWELVE_HOURS_MS = 12 * 3_600_000;

const signOut = (running: TestServer, cookie: string) =>
  fetch(`${running.http}/admin/sign-out`, { method: "POST", headers: { cookie } });

/** The stock client with an operator's cookie, and what its overviewFeed and its socket came to. */
function operatorOn(running: TestServer, cookie: string) {
  const { trpc, ws, closes } = stockClient(running, cookie);
  const overviewFeed = { beats: 0, error: "" };
  const watch = () =>
    trpc.system.overviewFeed.subscribe(undefined, {
      onData: () => {
        overviewFeed.beats += 1;
      },
      onError: ({ data }) => {
        overviewFeed.error = String(data?.code);
      },
    });
  onTestFinished(() => void ws.close());
  return { trpc, closes, overviewFeed, watch };
}

/** A stream over HTTP: its text so far, and whether it has ended. */
async function streamOf(url: string, headers: Record<string, string>) {
  const response = await fetch(url, { headers });
  const stream = { status: response.status, text: "", over: false, broken: false };
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) stream.text += decoder.decode(piece, { stream: true });
  };
  read()
    .catch(() => {
      stream.broken = true;
    })
    .finally(() => {
      stream.over = true;
    });
  return stream;
}

const feedOverHttp = (running: TestServer, cookie: string) => streamOf(`${running.http}/trpc/system.overviewFeed`, { cookie });

describe("OPS1 what runs in an operator's name ends with the sign-in", () => {
  test("OPS1 signing out elsewhere ends the session of the page, over WebSocket, with 4504", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const operator = operatorOn(running, cookie);
    const { sessionId } = await operator.trpc.session.open.mutate({ name: "operator", kind: "admin" });
    operator.watch();
    await eventually(() => expect(operator.overviewFeed.beats).toBeGreaterThan(0));

    await signOut(running, cookie);
    await eventually(() => expect(operator.closes).toEqual([4504]), { withinMs: WITHIN_MS });
    await eventually(() => expect(running.store.ledger.entry(sessionId)?.ended).toMatchObject({ reason: "unauthorized" }));
    expect(running.server.services.keeper.stats().active).toBe(0);
  });

  test("OPS1 a person's own session goes on, and only what needed the operator ends", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const person = operatorOn(running, cookie);
    await person.trpc.session.open.mutate({ name: "Ada", room: "general" });
    person.watch();
    await eventually(() => expect(person.overviewFeed.beats).toBeGreaterThan(0));

    await signOut(running, cookie);
    await eventually(() => expect(person.overviewFeed.error).toBe("UNAUTHORIZED"), { withinMs: WITHIN_MS });
    const { beats } = person.overviewFeed;
    expect(await person.trpc.chat.typing.mutate()).toEqual({ ok: true });
    expect(await person.trpc.auth.me.query()).toMatchObject({ admin: null });
    await expect(person.trpc.system.overview.query()).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
    expect([person.overviewFeed.beats, person.closes]).toEqual([beats, []]);
  });

  test("OPS1 a stream over HTTP ends, says why, and sends nothing more", async () => {
    await using running = await startTestServer();
    const [cookie, other] = [await running.signIn(), await running.signIn()];
    const [stream, untouched] = [await feedOverHttp(running, cookie), await feedOverHttp(running, other)];
    await eventually(() => expect(stream.text).toContain("lastEnds"));

    await signOut(running, cookie);
    await eventually(() => expect(stream.over).toBe(true), { withinMs: WITHIN_MS });
    expect(stream.text).toContain("UNAUTHORIZED");
    expect(untouched.over).toBe(false);
    const again = await feedOverHttp(running, cookie);
    await eventually(() => expect(again.over).toBe(true), { withinMs: WITHIN_MS });
    expect(again.text).toContain("UNAUTHORIZED");
    expect(again.text).not.toContain("lastEnds");
  });

  test("OPS1 an expiry ends all of it as well", async () => {
    let offsetMs = 0;
    await using running = await startTestServer({ now: () => Date.now() + offsetMs });
    const cookie = await running.signIn();
    const operator = operatorOn(running, cookie);
    await operator.trpc.session.open.mutate({ name: "operator", kind: "admin" });
    const stream = await feedOverHttp(running, cookie);
    await eventually(() => expect(stream.text).toContain("lastEnds"));

    offsetMs = TWELVE_HOURS_MS - 60_000;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([stream.over, operator.closes]).toEqual([false, []]);
    offsetMs = TWELVE_HOURS_MS;
    await eventually(() => expect([stream.over, operator.closes]).toEqual([true, [4504]]), { withinMs: WITHIN_MS });
  });

  test("OPS1 a query under way is no longer answered", async () => {
    await using running = await startTestServer();
    const cookie = await running.signIn();
    const operator = operatorOn(running, cookie);
    await operator.trpc.session.open.mutate({ name: "Ada" });
    const never = Promise.withResolvers<never>();
    running.store.ends.stats = () => never.promise;
    const headers = { cookie };
    const asked = [
      operator.trpc.ends.stats.query({}).catch(({ data }) => data.httpStatus),
      fetch(`${running.http}/api/ends/stats`, { headers }).then(({ status }) => status),
      fetch(`${running.http}/trpc/ends.stats?input={}`, { headers }).then(({ status }) => status),
    ];
    await operator.trpc.chat.join.mutate({ room: "general" });
    await signOut(running, cookie);
    expect(await Promise.all(asked)).toEqual([401, 401, 401]);
  });

  test("OPS1 nobody takes up an operator's session without a sign-in", async () => {
    await using running = await startTestServer({ settings: { resumeGraceMs: 60_000 } });
    const cookie = await running.signIn();
    const operator = operatorOn(running, cookie);
    const { sessionId, resumeToken } = await operator.trpc.session.open.mutate({ name: "operator", kind: "admin" });
    const stranger = operatorOn(running, "");
    const resume = { sessionId, token: String(resumeToken) };
    await expect(stranger.trpc.session.open.mutate({ name: "operator", resume })).rejects.toThrow(/sign in/);
    expect([operator.closes, running.server.services.keeper.session(sessionId)?.state]).toEqual([[], "active"]);
  });
});

describe("OPS1 what runs with a token ends when that is revoked", () => {
  const export1 = (running: TestServer, token: string) =>
    streamOf(`${running.http}/api/ends/export?format=jsonl`, { authorization: `Bearer ${token}` });

  /** Makes every export endless. */
  async function endless(running: TestServer): Promise<{ stopped: boolean }> {
    const batch = [{ detail: randomBytes(20_000).toString("base64") }];
    const walk = { stopped: false };
    running.store.ends.each = async function* () {
      try {
        for (;;) {
          yield batch as never;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      } finally {
        walk.stopped = true;
      }
    };
    return walk;
  }

  test("OPS1 an export breaks off when another process revokes the token, and does not look complete", async () => {
    await using running = await startTestServer();
    const walk = await endless(running);
    const commandLine = new TokenFile(join(running.dataFolder, "tokens.json"), Date.now);
    const [{ token }, other] = [await commandLine.create("nightly", ["read"]), await commandLine.create("other", ["read"])];
    const stream = await export1(running, token);
    const untouched = await export1(running, other.token);
    await eventually(() => expect(stream.text.length).toBeGreaterThan(100_000));

    await commandLine.revoke("nightly");
    await eventually(() => expect(stream).toMatchObject({ over: true, broken: true }), { withinMs: WITHIN_MS });
    expect(untouched.over).toBe(false);
    await commandLine.revoke("other");
    await eventually(() => expect([untouched.broken, walk.stopped]).toEqual([true, true]), { withinMs: WITHIN_MS });
    expect(running.lines).toContain("warn Aborted a response: the sign-in has ended");
  });

  test("OPS1 an export of an operator breaks off when that signs out; a local one needs no sign-in", async () => {
    await using place = scratch();
    await using running = await startTestServer({ store: await place.open() });
    running.server.services.store.ends.each = async function* () {
      for (;;) {
        yield [{ detail: randomBytes(2_000).toString("base64") }] as never;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const cookie = await running.signIn();
    const url = `${running.http}/api/ends/export?format=jsonl`;
    const [own, local] = [await streamOf(url, { cookie }), await streamOf(url, {})];
    await eventually(() => expect(own.text).not.toBe(""));
    await signOut(running, cookie);
    await eventually(() => expect(own.broken).toBe(true), { withinMs: WITHIN_MS });
    expect(local.over).toBe(false);
  });
});

test("OPS1 sign-ins are checked only while something depends on them, once per sign-in", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const signIns = new SignIns((_, work) => work());
  const isValid = vi.fn(() => true);
  const ended = vi.fn();
  const stops = [1, 2].map(() => signIns.watch({ id: "cookie a", isValid }, ended));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(400);
  expect(isValid).toHaveBeenCalledTimes(1);
  stops[0]?.();
  isValid.mockReturnValue(false);
  vi.advanceTimersByTime(400);
  expect(ended).toHaveBeenCalledTimes(1);
  stops[1]?.();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(ended).toHaveBeenCalledTimes(1);
});
