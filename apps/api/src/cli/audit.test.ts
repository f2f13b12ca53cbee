/** `lastbeat audit` and what it and others say when a token lacks the right. */
import { expect, test } from "vitest";
import { Audit } from "../auth/audit.ts";
import { scratch } from "../ledger/testing/scratchStore.ts";
import { startTestServer } from "../testing/testServer.ts";
import { cli } from "./testing/cliRun.ts";

async function written(count: number) {
  const place = scratch();
  const store = await place.open();
  const running = await startTestServer({ store });
  const audit = new Audit(store.audit, () => Date.now());
  for (let at = 0; at < count; at += 1)
    audit.record("token_created", { name: at % 2 === 0 ? "ada" : "bob", address: "::1" }, { target: `t${at}` });
  // Written in order: once a later write is stored, so are these.
  await store.operators.save({ kind: "ended", ids: [] });
  const { token } = await running.server.services.tokens.create("auditor", ["audit:read"]);
  const ask = (...args: string[]) => cli(["audit", "--url", running.http, "--token", token, ...args]);
  const dispose = async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  };
  return { ask, [Symbol.asyncDispose]: dispose };
}

test("OPS8 lists the trail in pages, each entry once and newest first", async () => {
  await using place = await written(5);
  const seen: string[] = [];
  let more: string[] = [];
  do {
    const { code, out, err } = await place.ask("--format", "json", "--limit", "2", ...more);
    expect([code, err]).toEqual([0, []]);
    const page = JSON.parse(out) as { entries: { target: string }[]; nextCursor: string | null };
    seen.push(...page.entries.map(({ target }) => target));
    more = page.nextCursor === null ? [] : ["--cursor", page.nextCursor];
  } while (more.length > 0 && seen.length < 10);
  expect(seen).toEqual(["t4", "t3", "t2", "t1", "t0"]);
  const { out } = await place.ask("--limit", "2");
  expect(out).toMatch(/^AT \(UTC\) +ACTION +BY +ADDRESS +TARGET +AFTER\n[\d-]+ [\d:]+ +token_created +ada +::1 +t4 +–\n/);
  expect(out).toMatch(/\n2 entries; the next: --cursor a\d+\n$/);
});

test("OPS8 filters by action, by whom, by target and by time", async () => {
  await using place = await written(4);
  const targets = async (...args: string[]) =>
    JSON.parse((await place.ask("--format", "json", ...args)).out).entries.map(({ target }: { target: string }) => target);
  expect(await targets("--by", "bob")).toEqual(["t3", "t1"]);
  expect(await targets("--target", "t2")).toEqual(["t2"]);
  expect(await targets("--since", "1h", "--action", "token_created")).toHaveLength(4);
  expect(await place.ask("--until", "1h")).toMatchObject({ code: 0, out: "No entry matches.\n" });
  expect(await place.ask("--since", "soon")).toMatchObject({ code: 2, err: [expect.stringContaining("--since: expected")] });
  expect(await place.ask("--action", "nothing")).toMatchObject({ code: 2, err: [expect.stringContaining("action")] });
  expect(await place.ask("session_1")).toMatchObject({ code: 2, err: [expect.stringContaining("lastbeat ends")] });
});

test("OPS9 a token of the former scopes keeps what it could do, and a refusal says which scope to make", async () => {
  await using running = await startTestServer();
  const { token } = await running.server.services.tokens.create("ci", ["operate"]);
  const ask = (...args: string[]) => cli([...args, "--url", running.http, "--token", token]);
  expect((await ask("sessions")).code).toBe(0);
  const made = (right: string) => expect.stringContaining(`lastbeat token create <name> --scope ${right} makes a token with it`);
  expect(await ask("log", "level", "debug")).toMatchObject({ code: 1, err: [made("system:write")] });
  expect(await ask("audit")).toMatchObject({ code: 1, err: [made("audit:read")] });
});
