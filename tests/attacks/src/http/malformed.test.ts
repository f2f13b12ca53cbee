/** Bytes that are no right HTTP: two readers of them might disagree where a request ends ("smuggling"). */
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import { closedBy, malformed, refused, send } from "./asking.ts";

const get = (host: string, ...fields: string[]) => `GET / HTTP/1.1\r\n${[`Host: ${host}`, ...fields].join("\r\n")}\r\n\r\n`;
const smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/** A request with a body, in which another request is hidden. */
function hidden(name: string, fields: readonly string[], body: string): Attack {
  return malformed(name, [400, 401, 413], (host) => {
    const head = [`DELETE /api/sessions/x HTTP/1.1`, `Host: ${host}`, "X-Forwarded-For: 198.18.0.1", ...fields];
    return `${head.join("\r\n")}\r\n\r\n${body}`;
  });
}

attacks("HTTP that is malformed", {}, [
  hidden("a length and chunks at once (CL.TE)", ["Content-Length: 6", "Transfer-Encoding: chunked"], `0\r\n\r\n${smuggled}`),
  hidden(
    "chunks and a length at once (TE.CL)",
    ["Transfer-Encoding: chunked", "Content-Length: 4"],
    `5c\r\n${smuggled}0\r\n\r\n`,
  ),
  hidden("two lengths", ["Content-Length: 0", "Content-Length: 40"], smuggled),
  hidden("a list of lengths", ["Content-Length: 0, 40"], smuggled),
  hidden("a length with a sign", ["Content-Length: +5"], smuggled),
  hidden("a length in hex", ["Content-Length: 0x10"], smuggled),
  hidden("a length beyond 64 bits", ["Content-Length: 99999999999999999999999"], smuggled),
  hidden("an unknown transfer coding", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${smuggled}`),
  hidden("a transfer coding twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], `0\r\n\r\n${smuggled}`),
  hidden("a transfer coding behind a vertical tab", ["Transfer-Encoding:\x0bchunked"], `0\r\n\r\n${smuggled}`),
  hidden("a folded transfer coding (obs-fold)", ["Transfer-Encoding:\r\n chunked"], `0\r\n\r\n${smuggled}`),
  hidden("a chunk whose size is no number", ["Transfer-Encoding: chunked"], `zz\r\nabc\r\n0\r\n\r\n${smuggled}`),
  hidden("a chunk size beyond 64 bits", ["Transfer-Encoding: chunked"], `ffffffffffffffffff\r\nabc`),
  hidden("a chunk longer than its size", ["Transfer-Encoding: chunked"], `1\r\nabcdef\r\n0\r\n\r\n${smuggled}`),
  hidden("a chunk extension of 64 KiB", ["Transfer-Encoding: chunked"], `1;${"a".repeat(65_536)}\r\nx\r\n0\r\n\r\n`),
  malformed("a space before a field's colon", [400], (host) => get(host, "Content-Length : 5")),
  malformed("a folded field (obs-fold)", [400], (host) => get(host, "X-One: a\r\n b")),
  malformed("lines that end with LF alone", [400], (host) => `GET / HTTP/1.1\nHost: ${host}\n\n`),
  malformed("a carriage return within a field", [400], (host) => get(host, "X-One: a\rTransfer-Encoding: chunked")),
  malformed("a null within a field", [400], (host) => get(host, "X-One: a\0b")),
  malformed("a field without a name", [400], (host) => get(host, ": x")),
  malformed("a field whose name has a bracket", [400], (host) => get(host, "X[One]: x")),
  malformed("a field of 64 KiB", [431], (host) => get(host, `X-One: ${"a".repeat(65_536)}`)),
  malformed("5,000 fields", [400, 431], (host) => get(host, ...Array.from({ length: 5_000 }, (_, at) => `X-${at}: a`))),
  malformed("a target of 64 KiB", [400, 414, 431], (host) => `GET /${"a".repeat(65_536)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  malformed("HTTP/0.9", [400], () => "GET /\r\n"),
  malformed("HTTP/2 without a word before", [400, 505], () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  malformed("HTTP/9.9", [400, 505], (host) => `GET / HTTP/9.9\r\nHost: ${host}\r\n\r\n`),
  malformed("TLS to a port without it", [400], () => Buffer.from("16030100c8010000c40303", "hex")),
  malformed("a method that does not exist", [400], (host) => `FOO / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  malformed(
    "CONNECT, as to an open proxy",
    [0, 400, 405],
    () => "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
  ),
  malformed("no Host", [400], () => "GET / HTTP/1.1\r\n\r\n"),
  malformed("two Hosts", [400], (host) => get(host, "Host: evil.example")),
  refused("a Host with a path in it", [400], "GET /", { Host: "localhost/../evil.example" }),
  refused("a Host with credentials in it", [400], "GET /", { Host: "localhost@evil.example" }),
  refused("a Host that is a page's address", [400], "GET /", { Host: "http://evil.example" }),
  refused("a target that is neither a path nor an address", [400], "GET evil.example"),
  refused("an expectation that nobody meets", [417], "GET /healthz", { Expect: "a miracle" }),
  {
    name: "a request hidden in the body of a GET",
    must: "one answer, no more",
    async run(scene) {
      const body = smuggled;
      const attacker = scene.request("GET /healthz", { "Content-Length": String(body.length), Connection: "close" }, body);
      const { status, body: answered } = await closedBy(attacker);
      expect([status, answered]).toEqual([200, '{"status":"ok"}']);
    },
  },
  {
    name: "another site's address as the target, as to an open proxy",
    must: "answered by this server or not at all",
    async run(scene) {
      const { body } = await send(scene, `GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n`);
      expect(body).not.toContain("ami-id");
      expect(scene.said()).not.toContain("169.254.169.254:");
    },
  },
  {
    name: "h2c, with a request behind the offer",
    must: "the offer is ignored, both requests are plain ones",
    async run(scene) {
      const offer = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__" };
      const behind = `GET /api/sessions HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.18.0.1\r\nConnection: close\r\n\r\n`;
      const { head, body } = await closedBy(scene.request("GET /healthz", offer, behind));
      expect(head).toContain("HTTP/1.1 200");
      expect(body).toContain("HTTP/1.1 401");
    },
  },
]);
