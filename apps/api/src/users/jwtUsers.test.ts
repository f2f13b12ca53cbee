/** Users whom their own application vouches for, against a whole server and over both protocols. */

import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { stockClient } from "../testing/stockClient.ts";
import { startTestServer, TestClient, type TestServer } from "../testing/testServer.ts";
import { forged, inSeconds, type KeyServer, SECRET, signed, startKeyServer } from "./testing/tokens.ts";

const bySecret = { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET: SECRET };
const byKeys = ({ url }: KeyServer) => ({
  LASTBEAT_USERS_MODE: "jwt",
  LASTBEAT_USERS_JWT_JWKS_URL: url,
  LASTBEAT_USERS_JWT_AUDIENCE: "chat",
});

/** The hello's answer, and the close code that follows a refusal. */
async function hello({ ws }: TestServer, fields: object) {
  const client = await TestClient.connect(`${ws}/ws/new`);
  client.send({ type: "hello", name: "somebody", ...fields });
  const answer = await client.anyFrame();
  return { client, answer };
}

async function refusal(running: TestServer, token: string | undefined) {
  const { client, answer } = await hello(running, { token });
  expect(answer).toMatchObject({ type: "error", code: "refused" });
  const { code } = await client.closed;
  return { code, message: String(answer.message) };
}

const live = ({ server }: TestServer) => [...server.services.keeper.sessions()];

describe("a token of the user's own application", () => {
  test("WHO2 says who the user is, over JSON and over tRPC, whatever the hello says", async () => {
    await using running = await startTestServer({ env: bySecret });
    const { client, answer } = await hello(running, { token: await signed(), browser: "b" });
    expect(answer).toMatchObject({ type: "welcome" });
    await using stock = stockClient(running, undefined, { token: await signed({ sub: "user-8", name: "Bob" }) });
    void stock.trpc.auth.me.query().catch(() => {});
    await eventually(() => expect(live(running)).toHaveLength(2));
    await using opened = stockClient(running);
    await opened.trpc.session.open.mutate({ name: "y", token: await signed({ sub: "user-9", name: "Cy" }) });
    expect(live(running).map(({ user, userId }) => [user, userId])).toEqual([
      ["Ada", "user-7"],
      ["Bob", "user-8"],
      ["Cy", "user-9"],
    ]);
    client[Symbol.dispose]();
  });

  test("WHO2 is refused with what is wrong with it, and with nothing that is in it", async () => {
    await using running = await startTestServer({
      env: { ...bySecret, LASTBEAT_USERS_JWT_AUDIENCE: "chat", LASTBEAT_USERS_JWT_ISSUER: "shop" },
    });
    const claims = { aud: "chat", iss: "shop" };
    const attacks: readonly (readonly [attack: string, token: string | undefined, message: RegExp])[] = [
      ["no token", undefined, /sign in first/],
      ["not a token", "abc", /not valid/],
      ["alg none", forged({ alg: "none" }, claims), /not valid/],
      ["alg None in other case", forged({ alg: "nOnE" }, claims), /not valid/],
      ["an empty signature", forged({ alg: "HS256" }, claims), /not valid/],
      ["another secret", await signed(claims, "another secret that nobody gave to anyone"), /not valid/],
      ["another algorithm of the family", forged({ alg: "HS512" }, claims, "AAAA"), /not valid/],
      ["a critical header nobody knows", forged({ alg: "HS256", crit: ["x"], x: 1 }, claims, "AAAA"), /not valid/],
      ["a key in the header", forged({ alg: "HS256", jwk: { kty: "oct", k: "AAAA" } }, claims, "AAAA"), /not valid/],
      ["expired", await signed({ ...claims, exp: inSeconds(-60) }), /has expired/],
      ["no expiry", await signed({ ...claims, exp: undefined }), /claim exp/],
      ["not yet", await signed({ ...claims, nbf: inSeconds(600) }), /claim nbf/],
      ["another audience", await signed({ ...claims, aud: "billing" }), /claim aud/],
      ["another issuer", await signed({ ...claims, iss: "mallory" }), /claim iss/],
      ["no subject", await signed({ ...claims, sub: undefined }), /claim sub/],
      ["an endless subject", await signed({ ...claims, sub: "x".repeat(201) }), /claim sub/],
      ["no name", await signed({ ...claims, name: undefined }), /claim name/],
      ["an invisible name", await signed({ ...claims, name: "\u200b" }), /claim name/],
    ];
    for (const [attack, token, message] of attacks) {
      const refused = await refusal(running, token);
      expect([attack, refused.code]).toEqual([attack, 4504]);
      expect(refused.message, attack).toMatch(message);
    }
    expect(live(running)).toEqual([]);
    expect(running.lines.join()).not.toMatch(/eyJ|user-7/);
  });

  test("WHO2 longer than 8 KB breaks the protocol, and longer than a hello may be ends sooner", async () => {
    await using running = await startTestServer({ env: bySecret });
    for (const length of [8_193, 20_000]) {
      const client = await TestClient.connect(`${running.ws}/ws/new`);
      client.send({ type: "hello", name: "x", token: "x".repeat(length) });
      expect((await client.closed).code).toBe(4506);
      expect(JSON.stringify(client.frames)).not.toContain("xxxx");
    }
  });

  test("WHO2 resumes only sessions of its own user", async () => {
    await using running = await startTestServer({ env: bySecret, settings: { resumeGraceMs: 60_000 } });
    const { client, answer } = await hello(running, { token: await signed() });
    const resume = { sessionId: answer.sessionId, token: answer.resumeToken };
    client.socket.terminate();
    const stolen = await hello(running, { token: await signed({ sub: "user-8" }), resume });
    expect((await stolen.client.closed).code).toBe(4504);
    const own = await hello(running, { token: await signed({ name: "Ada again" }), resume });
    expect(own.answer).toMatchObject({ type: "welcome", resumed: true });
    own.client[Symbol.dispose]();
  });
});

describe("published keys", () => {
  test("WHO2 check tokens, and are read once", async () => {
    await using keys = await startKeyServer();
    await using running = await startTestServer({ env: byKeys(keys) });
    for (let i = 0; i < 3; i++) (await hello(running, { token: await keys.sign() })).client[Symbol.dispose]();
    expect(keys.reads).toBe(1);
  });

  test("WHO2 are no secret: a token signed with them as one is refused, and so is a key id that names a file", async () => {
    await using keys = await startKeyServer();
    await using running = await startTestServer({ env: byKeys(keys) });
    const [jwk] = (JSON.parse(keys.published) as { readonly keys: readonly { readonly x: string }[] }).keys;
    for (const key of [keys.published, JSON.stringify(jwk), jwk?.x ?? ""]) {
      const unsigned = forged({ alg: "HS256", kid: "one" }, { aud: "chat" }).slice(0, -1);
      const token = `${unsigned}.${createHmac("sha256", key).update(unsigned).digest("base64url")}`;
      expect((await refusal(running, token)).code).toBe(4504);
    }
    for (const kid of ["../../../dev/null", "one' OR '1'='1", "http://127.0.0.1/keys", "two"]) {
      expect((await refusal(running, await keys.sign({}, { kid }))).code).toBe(4504);
    }
    const elsewhere = { jku: "http://127.0.0.1:1/keys", x5u: "http://127.0.0.1:1/keys" };
    const { client, answer } = await hello(running, { token: await keys.sign({}, elsewhere) });
    expect(answer.type).toBe("welcome");
    client[Symbol.dispose]();
    expect((await refusal(running, await keys.sign({ aud: "billing" }))).message).toMatch(/claim aud/);
  });

  test.each(["error", "flood"] as const)("WHO2 that cannot be read (%s) let nobody in, who may try again", async (how) => {
    await using keys = await startKeyServer();
    keys.answer(how);
    await using running = await startTestServer({ env: byKeys(keys) });
    const token = await keys.sign();
    for (let i = 0; i < 5; i++) {
      const refused = await refusal(running, token);
      expect(refused).toMatchObject({ code: 1013, message: expect.stringContaining("try again") });
    }
    // After three failures it is not asked for a while.
    expect(keys.reads).toBe(3);
    expect(running.server.services.keeper.stats().refusals).toEqual({ identity: 5 });
  });

  test("WHO2 SES4 that never come do not hold a connection beyond its hello's deadline", async () => {
    await using keys = await startKeyServer();
    keys.answer("never");
    await using running = await startTestServer({ env: byKeys(keys), settings: { helloTimeoutMs: 300 } });
    const client = await TestClient.connect(`${running.ws}/ws/new`);
    client.send({ type: "hello", name: "x", token: await keys.sign() });
    expect((await client.closed).code).toBe(4005);
  });
});

describe("the configuration", () => {
  const problems = (env: Record<string, string>) => {
    try {
      loadConfig({ env: { LASTBEAT_USERS_MODE: "jwt", ...env } });
      return "";
    } catch (error) {
      return String(error);
    }
  };

  test("WHO2 needs exactly one way to check tokens, and a secret that is long enough", () => {
    expect(problems({})).toContain("expected one of users.jwt.secret, users.jwt.secret_file and users.jwt.jwks_url, got 0");
    const url = "https://id.example.com/keys";
    expect(problems({ LASTBEAT_USERS_JWT_SECRET: SECRET, LASTBEAT_USERS_JWT_JWKS_URL: url })).toContain("got 2");
    expect(problems({ LASTBEAT_USERS_JWT_JWKS_URL: url })).toContain("users.jwt.audience");
    expect(problems({ LASTBEAT_USERS_JWT_JWKS_URL: "http://id.example.com/keys" })).toContain("a URL with https:");
    const short = problems({ LASTBEAT_USERS_JWT_SECRET: "short secret" });
    expect(short).toContain("at least 32 bytes");
    expect(short).not.toContain("short secret");
  });

  test("WHO2 takes the secret from a file, and shows it nowhere", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lastbeat-secret-"));
    using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    const file = join(folder, "secret");
    writeFileSync(file, `${SECRET}\n`);
    const env = { LASTBEAT_USERS_MODE: "jwt", LASTBEAT_USERS_JWT_SECRET_FILE: file };
    await using running = await startTestServer({ env });
    const { client, answer } = await hello(running, { token: await signed() });
    expect(answer.type).toBe("welcome");
    client[Symbol.dispose]();
    writeFileSync(file, "short");
    await expect(startTestServer({ env })).rejects.toMatchObject({ code: "invalid_config" });
    await using other = await startTestServer({ env: bySecret });
    expect(JSON.stringify(await other.server.services.system.view())).not.toContain(SECRET);
  });
});
