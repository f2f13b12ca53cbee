import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT_ID, CLIENT_SECRET, startIssuer } from "@lastbeat/support/openIdIssuer";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cli } from "../cli/testing/cliRun.ts";
import { clockFinding } from "./clock.ts";
import { exitOf, type Finding } from "./finding.ts";
import { cpuQuota, enoughMemory, openFiles, processors } from "./machine.ts";
import { headerFindings, idleFinding } from "./proxy.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  /** `level message` of the findings of each check. */
  readonly found: Readonly<Record<string, readonly string[]>>;
}

async function doctor(env: Readonly<Record<string, string>>, ...flags: string[]): Promise<Ran> {
  const { code, out, err } = await cli(["doctor", "--format", "json", ...flags], { env });
  expect(err).toEqual([]);
  const { findings, exit } = JSON.parse(out) as { findings: Finding[]; exit: number };
  expect(exit).toBe(code);
  const found: Record<string, string[]> = {};
  for (const { check, level, message } of findings) found[check] = [...(found[check] ?? []), `${level} ${message}`];
  return { code, found };
}

/** Where a server of its own would be, on a port that is free. */
function place() {
  return {
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_LEDGER_FILE: join(folder, "data/lastbeat.db"),
    LASTBEAT_LOG_FILE: join(folder, "logs/app.log"),
  };
}

function placeOf({ databaseFile, logFile, http }: ScratchServer): Record<string, string> {
  return { LASTBEAT_SERVER_PORT: new URL(http).port, LASTBEAT_LEDGER_FILE: databaseFile, LASTBEAT_LOG_FILE: logFile };
}

describe("lastbeat doctor", () => {
  test("RUN2 OPS10 the identity provider answers, and has the name that is configured", async () => {
    await using issuer = await startIssuer();
    const env = (url: string) => ({
      ...place(),
      LASTBEAT_OPERATORS_OIDC_ISSUER: url,
      LASTBEAT_OPERATORS_OIDC_CLIENT_ID: CLIENT_ID,
      LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "groups",
      LASTBEAT_OPERATORS_OIDC_ADMINS: "admins",
    });
    const found = async (url: string) => (await doctor(env(url))).found["identity provider"];
    expect(await found(issuer.url)).toEqual([`ok ${issuer.url} answers`]);
    const other = issuer.url.replace("127.0.0.1", "localhost");
    expect(await found(other)).toEqual([expect.stringContaining(`problem ${other} calls itself ${issuer.url}: set`)]);
    issuer.lies = { status: 404 };
    expect(await found(issuer.url)).toEqual([expect.stringContaining("answers with status 404")]);
    expect(await found("http://127.0.0.1:1")).toEqual([expect.stringContaining("problem nobody answers")]);
  });

  test("RUN2 before the first start it finds nothing to mend, and makes nothing", async () => {
    const { code, found } = await doctor(place());
    expect(code).toBe(0);
    expect(found.database).toEqual([expect.stringMatching(/^ok .* does not exist yet/)]);
    expect(found.exposure).toEqual([expect.stringMatching(/^ok only programs on this machine/)]);
    await expect(cli(["doctor"], { env: place() })).resolves.toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ok {7}configuration {2}/),
    });
  });

  test("RUN2 names every mistake in the configuration, and stops there", async () => {
    const { code, found } = await doctor({ ...place(), LASTBEAT_SYSTEM_TICK: "fast", LASTBEAT_LAB: "maybe" });
    expect([code, Object.keys(found), found.configuration?.length]).toEqual([2, ["configuration"], 2]);
  });

  test("RUN1 RUN2 says what is exposed to strangers, on every address and behind a proxy", async () => {
    const limits = { LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "9", LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "0" };
    const open = await doctor({ ...place(), ...limits, LASTBEAT_SERVER_HOST: "0.0.0.0", LASTBEAT_SERVER_ACCEPT_RISKS: "guests" });
    expect([open.code, open.found.exposure]).toEqual([
      2,
      [
        expect.stringMatching(/^warning .*users\.mode.*\(accepted/),
        expect.stringMatching(/^problem .*connection_rate_per_address.*the start refuses this$/),
        expect.stringMatching(/^problem .*trusted_proxies/),
      ],
    ]);
    const proxied = await doctor({ ...place(), ...limits, LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" });
    expect([proxied.code, proxied.found.exposure?.length]).toEqual([1, 2]);
  });

  test("RUN2 looks at a running server: its process, its readiness, its database", async () => {
    await using server = await startScratchServer();
    const { code, found } = await doctor(placeOf(server));
    expect(found.database).toEqual([expect.stringContaining(`held by process ${server.pid}`)]);
    expect(found["open files"]).toEqual([expect.stringContaining(`the running server (process ${server.pid})`)]);
    expect([found.schema, found.pages]).toEqual([[expect.stringMatching(/^ok of this version/)], ["ok none is damaged"]]);
    expect(found.port).toEqual([`ok the server answers at ${server.http}`]);
    expect(found.readiness).toEqual(["ok it takes new sessions"]);
    expect(code).toBeLessThan(2);
    // It was only looked at: it still holds its database.
    expect(await server.stop()).toBe(0);
    const after = await doctor(placeOf(server));
    expect(after.found.database).toEqual([expect.stringContaining("no server holds it")]);
    expect(after.found.port).toEqual([expect.stringMatching(/^ok .* is free$/)]);
  });

  test("RUN2 finds others on the port, files that others can read, and a database that is damaged or of a newer version", async () => {
    const other = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const env = { ...place(), LASTBEAT_SERVER_PORT: String((other.address() as AddressInfo).port) };
    mkdirSync(join(folder, "data"), { mode: 0o755 });
    chmodSync(join(folder, "data"), 0o755);
    writeFileSync(env.LASTBEAT_LEDGER_FILE, "not a database".repeat(100));
    const { code, found } = await doctor(env);
    other.close();
    expect(code).toBe(2);
    expect(found.port).toEqual([expect.stringMatching(/^problem something other than Lastbeat answers/)]);
    expect(found.data?.[0]).toMatch(/^warning others on this machine can read .*chmod 700/);
    expect(found.database).toEqual([expect.stringMatching(/^problem cannot read .* is damaged/)]);
    expect(found["data flush"]).toEqual([expect.stringMatching(/^\w+ a flush takes \d/)]);

    rmSync(join(folder, "data"), { recursive: true });
    await using server = await startScratchServer();
    await server.stop();
    const database = new Database(server.databaseFile);
    database.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)");
    database.exec("UPDATE retention SET trusted_at_ms = 9999999999999");
    database.close();
    const newer = await doctor(placeOf(server));
    expect(newer.found.schema).toEqual([expect.stringMatching(/^problem .*newer than this/)]);
    expect(newer.found.clock).toEqual([expect.stringMatching(/^problem it is .* behind the newest entry/)]);
  });
});

/** The idle limit of a proxy that has one. */
const CUT_MS = 100;

interface Behaviour {
  readonly headers: (from: IncomingMessage) => Readonly<Record<string, string>>;
  readonly upgrades: boolean;
  readonly idleMs: number;
}

/** A proxy in this process that does what it is told, and nothing more. */
async function proxyTo(target: string, { headers, upgrades, idleMs }: Behaviour): Promise<{ server: Server; url: string }> {
  const to = new URL(target);
  const forward = (from: IncomingMessage) => {
    const { authorization, upgrade, connection, origin, ...rest } = from.headers;
    const passed = {
      ...rest,
      ...(authorization && { authorization }),
      ...(origin && { origin }),
      ...(upgrades && upgrade && { upgrade, connection }),
    };
    const host = to.host;
    return request({
      host: to.hostname,
      port: to.port,
      path: from.url,
      method: from.method,
      headers: { ...passed, host, ...headers(from) },
    });
  };
  const server = createServer((from, response) => {
    const sent = forward(from);
    sent.on("response", (got) => {
      response.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(response);
    });
    sent.end();
  });
  server.on("upgrade", (from: IncomingMessage, client: Socket) => {
    const sent = forward(from);
    sent.on("upgrade", (got, upstream, head) => {
      const lines = got.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []));
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      if (head.length > 0) client.write(head);
      client.setTimeout(idleMs, () => client.destroy());
      client.pipe(upstream).pipe(client);
      for (const side of [client, upstream]) {
        side.on("error", () => {});
        side.on("close", () => [client, upstream].map((each) => each.destroy()));
      }
    });
    sent.on("response", (got) => client.end(`HTTP/1.1 ${got.statusCode} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`));
    sent.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("lastbeat doctor --url", () => {
  const right = (from: IncomingMessage) => ({
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": from.headers.host ?? "",
  });

  test.each([
    [
      "a proxy that does everything right",
      { headers: right, upgrades: true, idleMs: 60_000 },
      { headers: /^ok /, upgrade: /^ok /, "idle time": /^ok .* still open after 400 ms/ },
    ],
    [
      "one that cuts silent connections early",
      { headers: right, upgrades: true, idleMs: CUT_MS },
      { headers: /^ok /, "idle time": /^problem .* is cut after \d+ ms, and websocket\.keepalive is 45\.0 s/ },
    ],
    [
      "one that passes on no Upgrade",
      { headers: right, upgrades: false, idleMs: 60_000 },
      { upgrade: /^problem \d+: no WebSocket gets through: let the proxy pass on Upgrade/ },
    ],
    [
      "one that does not tell the scheme",
      {
        headers: (from: IncomingMessage) => ({ "x-forwarded-for": "127.0.0.1", "x-forwarded-host": from.headers.host ?? "" }),
        upgrades: true,
        idleMs: 60_000,
      },
      { headers: /^problem .*an unknown scheme.*X-Forwarded-Proto/ },
    ],
    [
      "one that does not tell the host, so that pages are refused",
      { headers: () => ({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" }), upgrades: true, idleMs: 60_000 },
      { upgrade: /^problem 403: pages of this address may not connect/ },
    ],
  ] as const)("RUN2 %s", async (_, behaviour, expected) => {
    await using server = await startScratchServer({ LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" });
    const env = { ...placeOf(server), LASTBEAT_SERVER_TRUSTED_PROXIES: "loopback" };
    const made = await cli(["token", "create", "doctor", "--format", "json"], { env });
    const { token } = JSON.parse(made.out) as { token: string };
    const proxy = await proxyTo(server.http, behaviour);
    const { found } = await doctor(
      env,
      "--url",
      proxy.url,
      "--token",
      token,
      "--idle",
      behaviour.idleMs === CUT_MS ? "30" : "0.4",
    );
    proxy.server.close();
    expect(found.proxy).toEqual([expect.stringMatching(/^warning .* without TLS/)]);
    for (const [check, pattern] of Object.entries(expected))
      expect([check, found[check]]).toEqual([check, [expect.stringMatching(pattern)]]);
  });

  test("RUN2 a proxy that is not trusted is named; without a token only the upgrade is seen; nothing answers is a problem", async () => {
    await using server = await startScratchServer();
    const env = placeOf(server);
    const made = await cli(["token", "create", "doctor", "--format", "json"], { env });
    const proxy = await proxyTo(server.http, {
      headers: (from) => ({ ...right(from), host: from.headers.host ?? "" }),
      upgrades: true,
      idleMs: 60_000,
    });
    const told = await doctor(env, "--url", proxy.url, "--token", (JSON.parse(made.out) as { token: string }).token);
    expect(told.found.headers).toEqual([expect.stringMatching(/is not in server\.trusted_proxies: list 127\.0\.0\.1$/)]);
    const untold = await doctor(env, "--url", proxy.url);
    expect([untold.found.upgrade, untold.found.headers]).toEqual([
      [expect.stringMatching(/^ok /)],
      [expect.stringMatching(/^unknown /)],
    ]);
    const wrong = await doctor(env, "--url", proxy.url, "--token", "lb_wrong");
    expect(wrong.found.headers).toEqual([expect.stringMatching(/^problem the token is unknown/)]);
    proxy.server.close();
    expect((await doctor(env, "--url", "http://127.0.0.1:1")).found.proxy).toEqual([
      "problem nothing answers at http://127.0.0.1:1",
    ]);
    expect((await cli(["doctor", "--idle", "5"], { env })).code).toBe(2);
  });
});

describe("what doctor makes of what it sees", () => {
  const level = ({ level }: Finding) => level;

  test("RUN2 the exit status is that of the worst finding; what cannot be known is not held against anyone", () => {
    const finding = (level: Finding["level"]): Finding => ({ check: "x", level, message: "" });
    expect(exitOf([finding("ok"), finding("unknown")])).toBe(0);
    expect(exitOf([finding("ok"), finding("warning")])).toBe(1);
    expect(exitOf([finding("problem"), finding("warning")])).toBe(2);
  });

  test("RUN2 limits are compared with the sessions that the configuration allows", () => {
    expect([openFiles(1_024, 900), openFiles(1_024, 950), openFiles(null, 10)].map(level)).toEqual(["ok", "warning", "unknown"]);
    expect([enoughMemory(512 * 1_024 ** 2, 10_000, true), enoughMemory(256 * 1_024 ** 2, 10_000, true)].map(level)).toEqual([
      "ok",
      "warning",
    ]);
    expect([processors(2, null), processors(8, 0.5), processors(8, 0.2)].map(level)).toEqual(["ok", "ok", "warning"]);
  });

  test("RUN2 the processor quota is the smallest of the control group and those above it", () => {
    mkdirSync(join(folder, "a/b"), { recursive: true });
    writeFileSync(join(folder, "a/cpu.max"), "50000 100000\n");
    writeFileSync(join(folder, "a/b/cpu.max"), "max 100000\n");
    expect(cpuQuota("0::/a/b\n", folder)).toBe(0.5);
    expect(cpuQuota("0::/\n", folder)).toBeNull();
  });

  test("RUN2 a clock that is behind the ledger or jumps is found", () => {
    const steady = { nowMs: 10_000, jumpMs: 1, knownMs: 9_000, synchronized: true };
    expect(clockFinding(steady).level).toBe("ok");
    expect(clockFinding({ ...steady, synchronized: false }).level).toBe("unknown");
    expect(clockFinding({ ...steady, jumpMs: 3_600_000 }).level).toBe("warning");
    expect(clockFinding({ ...steady, knownMs: 20_000 }).level).toBe("problem");
  });

  test("RUN2 behind TLS the scheme must arrive; an idle limit is compared with the keepalive", () => {
    const view = {
      type: "probe",
      peer: "10.0.0.2",
      trusted: true,
      address: "192.0.2.7",
      host: "chat.example.com",
      scheme: "https",
      forwarded: ["x-forwarded-for"],
    } as const;
    const found = (changes: object) => headerFindings({ ...view, ...changes }, "https://chat.example.com").map(level);
    expect([
      found({}),
      found({ scheme: "http" }),
      found({ host: "10.0.0.3:8000" }),
      found({ forwarded: ["x-forwarded-proto"] }),
      found({ forwarded: [], scheme: null }),
    ]).toEqual([["ok"], ["problem"], ["problem"], ["problem"], ["problem"]]);
    expect(
      [
        idleFinding(60_000, 300_000, 45_000),
        idleFinding(60_000, 300_000, 0),
        idleFinding(30_000, 300_000, 45_000),
        idleFinding(null, 300_000, 0),
      ].map(level),
    ).toEqual(["ok", "problem", "problem", "ok"]);
  });
});
