import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { TrustedProxies } from "./trustedProxies.ts";

type Headers = Readonly<Record<string, string>>;

function seen(rules: readonly string[], peer: string | undefined, headers: Headers) {
  const lines: string[] = [];
  const proxies = new TrustedProxies(rules, { warn: (line) => void lines.push(line) });
  const request = { socket: { remoteAddress: peer }, headers: { host: "inside:8000", ...headers } };
  const ask = () => proxies.originOf(request as unknown as IncomingMessage);
  return { ...ask(), lines, ask };
}
const address = (rules: readonly string[], peer: string, headers: Headers) => seen(rules, peer, headers).address;

const chain = ["loopback", "10.0.0.0/8", "2001:db8:f::/48"];

describe("the address of a request", () => {
  test.each([
    ["the peer's own without any header", "127.0.0.1", {}, "127.0.0.1"],
    ["what the nearest proxy says", "127.0.0.1", { "x-forwarded-for": "203.0.113.7" }, "203.0.113.7"],
    ["not what the client wrote in front", "127.0.0.1", { "x-forwarded-for": "192.0.2.1, 203.0.113.7" }, "203.0.113.7"],
    [
      "behind as many trusted hops as there are",
      "::1",
      { "x-forwarded-for": "1.1.1.1, 203.0.113.7, 10.9.9.9, 10.1.1.1" },
      "203.0.113.7",
    ],
    ["the furthest when all are trusted", "127.0.0.1", { "x-forwarded-for": "10.0.0.2, 10.0.0.1" }, "10.0.0.2"],
    ["without its port", "127.0.0.1", { "x-forwarded-for": "203.0.113.7:4711" }, "203.0.113.7"],
    ["IPv6", "127.0.0.1", { "x-forwarded-for": "2001:DB8::7" }, "2001:db8::7"],
    ["IPv6 in brackets with a port", "127.0.0.1", { "x-forwarded-for": "[2001:db8::7]:4711" }, "2001:db8::7"],
    ["IPv4 that is wrapped", "::ffff:10.0.0.1", { "x-forwarded-for": "::ffff:203.0.113.7" }, "203.0.113.7"],
    ["behind an IPv6 proxy", "2001:db8:f:1::1", { "x-forwarded-for": "203.0.113.7" }, "203.0.113.7"],
    ["Forwarded", "127.0.0.1", { forwarded: 'for=192.0.2.1, For="[2001:db8::7]:4711";proto=https;by=10.0.0.1' }, "2001:db8::7"],
    [
      "Forwarded through several",
      "127.0.0.1",
      { forwarded: "for=192.0.2.1,for=203.0.113.7;host=a, for=10.0.0.3" },
      "203.0.113.7",
    ],
    [
      "both kinds that agree",
      "127.0.0.1",
      { forwarded: "for=203.0.113.7", "x-forwarded-for": "1.1.1.1, 203.0.113.7" },
      "203.0.113.7",
    ],
  ])("is %s", (_, peer, headers, expected) => expect(address(chain, peer, headers as unknown as Headers)).toBe(expected));

  test.each([
    ["unknown", "127.0.0.1"],
    ["_hidden", "127.0.0.1"],
    ["203.0.113.7, ", "127.0.0.1"],
    ["203.0.113.7, 300.1.1.1", "127.0.0.1"],
    ["203.0.113.7, 10.0.0.1:99999999", "127.0.0.1"],
    ["203.0.113.7, <script>, 10.0.0.1", "10.0.0.1"],
    ["", "127.0.0.1"],
    [`${"9".repeat(5_000)}, 203.0.113.7`, "127.0.0.1"],
    [",".repeat(4_000), "127.0.0.1"],
    [Array(100).fill("10.0.0.1").join(","), "10.0.0.1"],
    [`203.0.113.7,${Array(40).fill("10.0.0.1").join(",")}`, "10.0.0.1"],
  ])("is the last proxy's that is known when X-Forwarded-For says %.40s", (value, expected) =>
    expect(address(chain, "127.0.0.1", { "x-forwarded-for": value })).toBe(expected),
  );

  test.each([
    'for="203.0.113.7',
    "for",
    ";;;",
    "for=203.0.113.7,,",
    "for=_secret",
    'for="unknown"',
    `for="${"x".repeat(5_000)}"`,
    "__proto__=1;for=x",
  ])("is the proxy's when Forwarded says %.30s", (forwarded) =>
    expect(address(chain, "127.0.0.1", { forwarded })).toBe("127.0.0.1"),
  );

  test("is the peer's own if the peer is not trusted, which is logged once", () => {
    const headers = {
      "x-forwarded-for": "192.0.2.1",
      forwarded: "for=192.0.2.1",
      "x-forwarded-host": "evil",
      "x-forwarded-proto": "https",
    };
    for (const rules of [[], ["10.0.0.0/8"], ["203.0.113.70"]]) {
      const { ask, lines, ...origin } = seen(rules, "203.0.113.7", headers);
      expect(origin).toEqual({ address: "203.0.113.7", host: "inside:8000", scheme: null });
      ask();
      expect(lines).toEqual(["Proxy headers from 203.0.113.7 are ignored: it is not in server.trusted_proxies"]);
    }
  });

  test("is the proxy's if the two kinds of header disagree, since one is the client's, and that is logged", () => {
    const { ask, lines, ...origin } = seen(chain, "127.0.0.1", {
      forwarded: "for=192.0.2.66;host=evil;proto=https",
      "x-forwarded-for": "203.0.113.7",
    });
    expect(origin).toEqual({ address: "127.0.0.1", host: "inside:8000", scheme: null });
    ask();
    expect(lines).toEqual([expect.stringMatching(/^The proxy 127\.0\.0\.1 sent .* disagree/)]);
  });

  test.each([
    ["no header", {}],
    ["another header", { "x-forwarded-proto": "https" }],
    ["an address that is hidden", { forwarded: "for=_hidden" }],
    ["an address that cannot be read", { "x-forwarded-for": "300.1.1.1" }],
  ])("SES1 is the proxy's if it sends %s, which is logged once", (_, headers) => {
    const { ask, lines } = seen(chain, "10.0.0.9", { upgrade: "websocket", ...headers } as Headers);
    expect(ask().address).toBe("10.0.0.9");
    expect(lines).toEqual([
      "The trusted proxy 10.0.0.9 does not say whose connection it passes on: all of its clients count as one address",
    ]);
  });

  test("SES1 a network of silent proxies is logged one by one, but not without end", () => {
    const lines: string[] = [];
    const proxies = new TrustedProxies(["10.0.0.0/8"], { warn: (line) => void lines.push(line) });
    const upgradeFrom = (remoteAddress: string) =>
      proxies.originOf({ socket: { remoteAddress }, headers: { upgrade: "websocket" } } as unknown as IncomingMessage);
    for (let proxy = 0; proxy < 200; proxy += 1) upgradeFrom(`10.0.1.${proxy}`);
    expect(lines).toHaveLength(20);
    expect(new Set(lines).size).toBe(20);
  });

  test.each([
    ["a probe over HTTP", chain, "127.0.0.1", {}],
    ["a proxy that says whose it is", chain, "127.0.0.1", { upgrade: "websocket", "x-forwarded-for": "203.0.113.7" }],
    ["trusted hops alone", chain, "127.0.0.1", { upgrade: "websocket", "x-forwarded-for": "10.0.0.2" }],
    ["a peer that is no proxy", chain, "203.0.113.7", { upgrade: "websocket" }],
    ["any peer where there is no proxy", [], "127.0.0.1", { upgrade: "websocket" }],
  ] as const)("SES1 nothing is logged of %s", (_, rules, peer, headers) =>
    expect(seen(rules, peer, headers as Headers).lines).toEqual([]),
  );

  test("is unknown once the socket is gone", () => expect(seen(chain, undefined, {}).address).toBe("unknown"));
});

describe("host and scheme of a request", () => {
  test.each([
    [{ "x-forwarded-host": "chat.example.com", "x-forwarded-proto": "https" }, "chat.example.com", "https"],
    [{ "x-forwarded-host": "chat.example.com", "x-forwarded-port": "8443" }, "chat.example.com:8443", null],
    [{ "x-forwarded-host": "chat.example.com:81", "x-forwarded-port": "8443" }, "chat.example.com:81", null],
    [{ "x-forwarded-host": "[2001:db8::1]", "x-forwarded-port": "8443" }, "[2001:db8::1]:8443", null],
    [{ "x-forwarded-port": "8443" }, "inside:8000", null],
    [{ host: "chat.example.com", "x-forwarded-port": "8443" }, "chat.example.com:8443", null],
    [{ host: "chat.example.com", "x-forwarded-port": "443, 8443" }, "chat.example.com:8443", null],
    [{ host: "[2001:db8::1]", "x-forwarded-port": "8443" }, "[2001:db8::1]:8443", null],
    [{ host: "chat.example.com", "x-forwarded-port": "8443/evil" }, "chat.example.com", null],
    [{ "x-forwarded-proto": "HTTPS" }, "inside:8000", "https"],
    [{ "x-forwarded-proto": "wss" }, "inside:8000", "https"],
    // Each proxy added its own word: the one that the client met says https.
    [{ "x-forwarded-for": "203.0.113.7, 10.0.0.1", "x-forwarded-proto": "ftp, https, http" }, "inside:8000", "https"],
    // The nearest one replaced the others' words.
    [{ "x-forwarded-for": "203.0.113.7, 10.0.0.1", "x-forwarded-host": "chat.example.com" }, "chat.example.com", null],
    [{ "x-forwarded-host": "evil.example, chat.example.com", "x-forwarded-for": "203.0.113.7" }, "chat.example.com", null],
    [
      { forwarded: "for=203.0.113.7;host=chat.example.com;proto=https, for=10.0.0.1;host=inner;proto=http" },
      "chat.example.com",
      "https",
    ],
    [{ forwarded: 'for=203.0.113.7;host="chat.example.com:8443"' }, "chat.example.com:8443", null],
    [{ "x-forwarded-host": "evil example" }, "inside:8000", null],
    [{ "x-forwarded-host": "chat.example.com:99999" }, "inside:8000", null],
    [{ "x-forwarded-host": "1.2.3.999" }, "inside:8000", null],
    [{ "x-forwarded-host": "[:::::]" }, "inside:8000", null],
    [{ host: "chat.example.com", "x-forwarded-port": "99999" }, "chat.example.com", null],
    [{ "x-forwarded-host": `${"a".repeat(300)}.example` }, "inside:8000", null],
    [{ "x-forwarded-host": "user@evil.example/" }, "inside:8000", null],
    [{ "x-forwarded-proto": "constructor" }, "inside:8000", null],
    [{ "x-forwarded-host": "a", "x-forwarded-port": "80 80" }, "a", null],
  ])("%o", (headers, host, scheme) =>
    expect(seen(chain, "127.0.0.1", headers as unknown as Headers)).toMatchObject({ host, scheme }),
  );
});
