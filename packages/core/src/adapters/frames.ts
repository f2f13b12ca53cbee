/** JSON frames of the transports that have nothing but text, and what is done with those that a client sends. */

import type { Connection } from "../keeper/types.ts";
import { type Beats, parseBeats } from "../protocol/beats.ts";
import type { WelcomeFrame } from "../protocol/dialect.ts";
import type { Notice } from "../protocol/notice.ts";
import { parseResume, type ResumeClaim } from "../protocol/resumeText.ts";
import type { Reception } from "./reception.ts";

/** A frame of a client, in which nothing can be relied on. */
export interface Frame {
  readonly type?: unknown;
  readonly [field: string]: unknown;
}

/** A frame to a client. `close` is the last one, where the transport has no close frames. */
export type SentFrame =
  | WelcomeFrame
  | Notice
  | { readonly type: "heartbeat" }
  | { readonly type: "pong" }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

/** Reads one JSON object; `null` when it is none. */
export function readFrame(text: string): Frame | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Frame) : null;
  } catch {
    return null;
  }
}

export interface FrameTaker<Data> {
  readonly connection: Connection<Data>;
  readonly reception: Reception<Frame, Data>;
  readonly send: (frame: SentFrame) => void;
}

/** Takes a frame of the client: answers a ping, hears a goodbye, and hands on what is none of the protocol's own. */
export function takeFrame<Data>(frame: Frame, { connection, reception, send }: FrameTaker<Data>): void {
  switch (frame.type) {
    case "pong":
      return;
    case "ping":
      send({ type: "pong" });
      connection.sent();
      return;
    case "goodbye":
      connection.goodbye();
      return;
    default:
      reception.message(frame);
  }
}

/** The session that a hello wants to take up again: `{ sessionId, token }`, or the two as one text. */
export function claimOf({ resume }: Frame): ResumeClaim | undefined {
  if (typeof resume !== "object" || resume === null) return parseResume(resume);
  const { sessionId, token } = resume as Record<string, unknown>;
  return typeof sessionId === "string" && typeof token === "string" ? { sessionId, token } : undefined;
}

/** Who drives heartbeats, by what a hello says. */
export function beatsOf({ beats }: Frame): Beats {
  return parseBeats(beats);
}
