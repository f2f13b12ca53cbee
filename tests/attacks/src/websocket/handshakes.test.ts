/** Requests for a WebSocket that must not get one. */
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import type { UpgradeOptions } from "../harness/scene.ts";

const evil = "https://evil.example";

/** The server answers the request for a WebSocket with this status, and never with a WebSocket. */
function answeredWith(status: number, name: string, path: string, headers: UpgradeOptions["headers"] = {}): Attack {
  return {
    name,
    must: `answered with ${status}`,
    run: async (scene) => expect(await scene.upgrade(path, { headers }).status()).toBe(status),
  };
}

/** The offer of an extension, whatever it is, opens a WebSocket without any. */
function offered(name: string, offer: string): Attack {
  return {
    name,
    must: "a WebSocket without an extension",
    async run(scene) {
      const attacker = await scene.webSocket("/ws/new", { headers: { "Sec-WebSocket-Extensions": offer } });
      expect(attacker.head).not.toMatch(/^sec-websocket-extensions:/im);
    },
  };
}

attacks("WebSocket handshake", {}, [
  answeredWith(403, "a page of another site opens a WebSocket over tRPC", "/trpc", { Origin: evil }),
  answeredWith(403, "a page of another site opens a WebSocket over JSON", "/ws/new", { Origin: evil }),
  answeredWith(403, "a page of another site names its own host", "/ws/new", { Origin: evil, Host: "evil.example:1" }),
  answeredWith(403, "a page with the opaque origin `null`", "/ws/new", { Origin: "null" }),
  answeredWith(403, "an origin that only begins like the server's", "/ws/new", { Origin: "http://127.0.0.1:1.evil.example" }),
  answeredWith(400, "a forged Host with a path in it", "/ws/new", { Host: "a/b" }),
  answeredWith(400, "a forged Host with a user in it", "/ws/new", { Host: "127.0.0.1@evil.example" }),
  answeredWith(400, "a WebSocket version of 1", "/ws/new", { "Sec-WebSocket-Version": "1" }),
  answeredWith(400, "no WebSocket version", "/ws/new", { "Sec-WebSocket-Version": null }),
  answeredWith(400, "no key", "/ws/new", { "Sec-WebSocket-Key": null }),
  answeredWith(400, "a key that is no key", "/ws/new", { "Sec-WebSocket-Key": "' OR 1=1 --" }),
  offered("an offer of compression with a window of 99 bits", "permessage-deflate; client_max_window_bits=99"),
  offered("500 offers of compression", Array.from({ length: 500 }, () => "permessage-deflate").join(", ")),
  offered("an offer that is none", 'permessage-deflate; ="; ;;,'),
  answeredWith(431, "headers of 100 KB", "/ws/new", { "X-Large": "x".repeat(100_000) }),
  answeredWith(431, "5,000 headers", "/ws/new", { "X-Many": `1${"\r\nX: 1".repeat(5_000)}` }),
  answeredWith(400, "two Hosts", "/ws/new", { "X-First": "1\r\nHost: evil.example" }),
  answeredWith(400, "a body of two lengths behind the request", "/ws/new", { "Content-Length": "1\r\nContent-Length: 2" }),
  answeredWith(404, "a path that is not there", "/ws/new/../../etc/passwd"),
  answeredWith(404, "a path that is encoded", "/%77s/new"),
  answeredWith(400, "a session id with a path in it", "/ws/..%2f..%2fetc"),
  answeredWith(400, "a session id of 4,000 characters", `/ws/${"a".repeat(4_000)}`),
]);
