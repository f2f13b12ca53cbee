/** Random HTTP requests, from well-formed ones to noise: seeded, so that one that does harm can be sent again. */
import type { SeededRandom } from "@lastbeat/core/testing";
import { operations } from "../../../../apps/api/src/rest/routes.ts";
import { appRouter } from "../../../../apps/api/src/routers/index.ts";
import { chunked, mutatedFields } from "./mutatedHead.ts";

const ID = "session_00000000000000000000";

// biome-ignore format: a list of paths
const paths = [
  "/", "/healthz", "/readyz", "/metrics", "/admin", "/admin/", "/admin/sign-in", "/admin/sign-out", "/admin/history", "/favicon.svg",
  "/_app/version.json", "/_app/immutable/gone.js", "/api", "/api/openapi.json", "/api/nothing", "/ws/new", `/ws/${ID}`, "/ws/", "/trpc", "/trpc/",
  ...operations.map(({ path }) => `/api${path.replace("{id}", ID)}`),
  ...Object.keys(appRouter._def.procedures).map((name) => `/trpc/${name}`),
  "/trpc/auth.me,settings.get,system.overview",
];

const methods = [
  "GET",
  "GET",
  "GET",
  "HEAD",
  "POST",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "CONNECT",
  "get",
  "G\u00e4T",
  "",
];

// biome-ignore format: a list of words
const words = [
  "", "0", "1", "-1", "50", "1e309", "NaN", "9007199254740993", "null", "true", "[]", "{}", "[[[", "__proto__", "constructor", "idle", "newest",
  "session_", ID, "%", "%00", "%ff", "%c0%af", "..", "../../etc/passwd", "..%2f..%2f", "%2e%2e/", "\u00e9", "\u0000", "\ud83d", "'; DROP TABLE ends; --",
  "a,b,,c", "*", "\"", "\\", "<script>", "$(id)", "%s%n", "general", "Ada", "x".repeat(300), "x".repeat(9_000), "(".repeat(200), "NEAR(a b)",
];

// biome-ignore format: a list of names
const queryNames = [
  "fromMs", "toMs", "tier", "reason", "initiator", "user", "userId", "session", "address", "text", "sort", "cursor", "limit", "format", "state", "room", "q",
  "token", "input", "batch", "connectionParams", "__proto__", "lastEventId",
];

// biome-ignore format: a table of values
export const headerValues: Readonly<Record<string, readonly string[]>> = {
  Host: ["localhost", "127.0.0.1:8000", "[::1]", "[", "a b", "a:b", "%zz", "user@a", "", "x".repeat(500)],
  Origin: ["null", "http://localhost", "https://evil.example", "http://[", "%", "file://", "http://localhost:99999"],
  Cookie: ["lastbeat_admin=x", "lastbeat_admin=", "a=b; ".repeat(200), "%=%;;==;", "lastbeat_admin=a.b.c.d", "=", "\u00ff"],
  Authorization: ["Bearer", "Bearer lb_x", "bearer  ", "Basic Og==", "Bearer lb_\u00ff", "Digest \"", "Bearer a b"],
  "Content-Type": ["application/json", "text/plain", "multipart/form-data", "application/json; charset=latin1", "", "application/x-www-form-urlencoded", "/"],
  "Content-Encoding": ["gzip", "br", "identity", "x"],
  "Accept-Encoding": ["gzip", "br", "zstd", "*;q=0", "gzip;q=nan", ",,,", "deflate, gzip;q=1.0, *;q=0.5"],
  Accept: ["text/event-stream", "application/json", "*/*", "text/csv", "\u00ff", "application/x-ndjson"],
  Range: ["bytes=0-1", "bytes=5-2", "bytes=-0", "bytes=0-1,3-4", "bytes=999999999999999999999-", "x", "bytes=-"],
  "If-None-Match": ["*", "\"x\"", "W/\"x\"", ","],
  "If-Match": ["*", "\"x\"", ""],
  "If-Range": ["\"x\"", "Thu, 26 Nov 2026 00:00:00 GMT", "\u00ff"],
  Connection: ["close", "keep-alive", "Upgrade", "Upgrade, HTTP2-Settings", "x", "close, upgrade", ","],
  Upgrade: ["websocket", "h2c", "WebSocket, h2c", "TLS/1.0", "", ",", "websocket/13"],
  "HTTP2-Settings": ["AAMAAABkAAQAoAAAAAIAAAAA", "%"],
  "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "", "x", "=".repeat(24)],
  "Sec-WebSocket-Version": ["13", "8", "7", "-1", "", "13, 8"],
  "Sec-WebSocket-Protocol": ["x", ",", "a, a", ""],
  "Sec-WebSocket-Extensions": ["permessage-deflate", "permessage-deflate; client_max_window_bits=99", ";", "\u00ff"],
  "X-Forwarded-For": ["1.2.3.4", ",", "for=[", "x".repeat(300)],
  Forwarded: ["for=1.2.3.4", "for=\"[::1", ";;;", "for=unknown;proto=\"\\\""],
  "X-Forwarded-Proto": ["https", "javascript", ","],
  "trpc-accept": ["application/jsonl", "x"],
  "Last-Event-ID": ["0", "x", "\u00ff"],
  Expect: ["100-continue", "x"],
  "Content-Length": ["0", "5", "-1", "99999999999", "x", "1, 1"],
  "Transfer-Encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", "x"],
  "User-Agent": ["x".repeat(5_000), "\u00ff\u00fe", ""],
};
const headerNames = Object.keys(headerValues);

function jsonOf(random: SeededRandom, depth = 0): string {
  const kind = random.int(depth > 4 ? 4 : 8);
  if (kind === 0) return String(random.pick([0, -1, 1e308, 0.5, 2 ** 53]));
  if (kind === 1) return random.pick(["true", "false", "null"]);
  if (kind <= 3) return JSON.stringify(random.pick(words));
  const count = random.int(4);
  if (kind <= 5) return `[${Array.from({ length: count }, () => jsonOf(random, depth + 1)).join()}]`;
  const names = [
    "id",
    "name",
    "room",
    "text",
    "note",
    "values",
    "revision",
    "scope",
    "limit",
    "cursor",
    "__proto__",
    "0",
    "1",
    "json",
    "sessionId",
  ];
  return `{${Array.from({ length: count }, () => `${JSON.stringify(random.pick(names))}:${jsonOf(random, depth + 1)}`).join()}}`;
}

function bodyOf(random: SeededRandom): string {
  switch (random.int(8)) {
    case 0:
      return "";
    case 1:
      return Buffer.from(random.bytes(random.int(400))).toString("latin1");
    case 2:
      return "[".repeat(random.pick([10, 1_000, 30_000]));
    case 3:
      return JSON.stringify({ note: "x".repeat(random.pick([10, 70_000, 300_000])) });
    case 4:
      return jsonOf(random).slice(0, random.int(40));
    default:
      return jsonOf(random);
  }
}

function targetOf(random: SeededRandom): string {
  let path = random.pick(paths);
  if (random.chance(0.15)) path = path.replace(/[^/]*$/, encodeURI(random.pick(words).replaceAll(/[\ud800-\udfff]/g, "")));
  if (random.chance(0.05))
    path = random.pick(["*", "//", `http://localhost${path}`, "http://[::1", path.slice(1), `${path}/../..`, `/%${path}`]);
  if (random.chance(0.5)) return path;
  const pairs = Array.from({ length: 1 + random.int(3) }, () => {
    const name = path.startsWith("/trpc") && random.chance(0.7) ? "input" : random.pick(queryNames);
    const value = name === "input" ? jsonOf(random) : random.pick(words);
    return `${name}=${random.chance(0.2) ? value.replaceAll(/[\s\ud800-\udfff]/g, "") : encodeURIComponent(value.replaceAll(/[\ud800-\udfff]/g, ""))}`;
  });
  return `${path}?${pairs.join("&")}`;
}

/** The bytes of one request. `cookie` is an operator's, which opens more doors. */
export function fuzzRequest(random: SeededRandom, cookie: string): Buffer {
  let body = random.chance(0.4) ? bodyOf(random) : "";
  const headers = new Map<string, string>([["Host", "127.0.0.1"]]);
  if (random.chance(0.6)) headers.set("Cookie", cookie);
  if (body !== "")
    headers.set("Content-Type", "application/json").set("Content-Length", String(Buffer.byteLength(body, "latin1")));
  for (let count = random.int(5); count > 0; count -= 1) {
    const name = random.pick(headerNames);
    headers.set(name, random.pick(headerValues[name] ?? []));
  }
  if (body !== "" && random.chance(0.2)) {
    body = chunked(random, body);
    headers.delete("Content-Length");
    headers.set("Transfer-Encoding", "chunked");
  }
  if (random.chance(0.1)) {
    for (const name of ["Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"])
      headers.set(name, headerValues[name]?.[0] ?? "");
    headers.set("Connection", "Upgrade");
  }
  const fields = [...headers].map(([name, value]) => `${name}: ${value}`);
  const lines = random.chance(0.3) ? mutatedFields(random, fields) : fields;
  const version = random.chance(0.97) ? "HTTP/1.1" : random.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""]);
  const text = `${random.pick(methods)} ${targetOf(random)} ${version}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
  const bytes = Buffer.from(text, "latin1");
  for (let count = random.chance(0.08) ? 1 + random.int(4) : 0; count > 0; count -= 1)
    bytes[random.int(bytes.length)] = random.int(256);
  return random.chance(0.04) ? bytes.subarray(0, random.int(bytes.length)) : bytes;
}
