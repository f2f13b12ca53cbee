/** The words that the adapters and their clients exchange besides notices. */

import type { Welcome } from "./notice.ts";

/** The frame that answers a hello. */
export type WelcomeFrame = { readonly type: "welcome" } & Welcome;

/** Over a WebSocket heartbeats are bare words, as the stock tRPC client answers them. */
export const PING = "PING";
export const PONG = "PONG";

/** Close code of a client that gave a silent connection up and means to come back: a loss, and no farewell. */
export const GAVE_UP_CODE = 4_000;
