/** Requests for a WebSocket that must not get one. */
import { expect } from "vitest";
import { type Attack, attacks } from "../harness/attack.ts";
import type { UpgradeOptions } from "../harness/scene.ts";

/** The server answers the request for a WebSocket with this status, and never with a WebSocket. */
function answeredWith(status: number, name: string, path: string, options: UpgradeOptions): Attack {
  return {
    name,
    must: `answered with ${status}`,
    run: async (scene) => expect(await scene.upgrade(path, options).status()).toBe(status),
  };
}

attacks("WebSocket handshake", {}, [
  answeredWith(403, "a page of another site opens a WebSocket (tRPC)", "/trpc", { headers: { Origin: "https://evil.example" } }),
  answeredWith(403, "a page of another site opens a WebSocket (JSON)", "/ws/new", {
    headers: { Origin: "https://evil.example" },
  }),
]);
