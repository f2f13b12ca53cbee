/** The connection's state in a few words, and how it looks. */
import type { ConnectionState } from "@lastbeat/core/client";
import { countdown } from "@lastbeat/web/format";
import { lossText, wordsFor } from "./words.ts";

export interface Status {
  readonly words: string;
  /** One line more, for those who ask. */
  readonly detail: string;
  readonly tone: "alive" | "suspect" | "ended" | "normal";
}

export function statusOf(state: ConnectionState, nowMs: number): Status {
  switch (state.name) {
    case "idle":
      return { words: "Not connected", detail: "", tone: "normal" };
    case "connecting":
      return {
        words: state.attempt === 0 ? "Connecting" : "Reconnecting",
        detail: state.attempt === 0 ? "Opening a session." : `Attempt ${state.attempt + 1}.`,
        tone: "suspect",
      };
    case "connected":
      return { words: "Connected", detail: "Heartbeats are sent and answered.", tone: "alive" };
    case "checking":
      return { words: "Checking", detail: checkingDetail(state, nowMs), tone: "suspect" };
    case "waiting":
      return {
        words: `${state.wasConnected ? "Reconnecting" : "Trying again"} in ${countdown(state.retryAtMs - nowMs)}`,
        detail: lossText(state),
        tone: "suspect",
      };
    case "ended": {
      const left = state.loss.cause === "left";
      return { words: "Ended", detail: `${wordsFor(state.loss).title}.`, tone: left ? "normal" : "ended" };
    }
  }
}

function checkingDetail(state: Extract<ConnectionState, { name: "checking" }>, nowMs: number): string {
  const left = `giving up in ${countdown(state.giveUpAtMs - nowMs)}`;
  switch (state.why) {
    case "silence":
      return `Nothing heard for ${countdown(nowMs - state.heardAtMs)}; ${left}.`;
    case "hint":
      return `The network may have changed; ${left}.`;
    case "pause":
      return `This page was asleep; ${left}.`;
  }
}
