/** What the adapters and their clients exchange besides notices. */

import type { Welcome } from "./notice.ts";

/** The frame that answers a hello. */
export type WelcomeFrame = { readonly type: "welcome" } & Welcome;

/** Heartbeats over a WebSocket are these bare words, which the stock tRPC client answers. */
export const PING = "PING";
export const PONG = "PONG";

/** Close code of a client that gave up a silent connection and means to reconnect. It counts as a loss, not as a goodbye. */
export const GAVE_UP_CODE = 4_000;
