/** The connection's state as the page shows it. Pure. */
import type { ConnectionState, Loss } from "@lastbeat/core/client";
import { endReasons } from "@lastbeat/core/reasons";

export type PageState =
  /** It is not known yet whether anybody is signed in. */
  | { readonly type: "checking" }
  | { readonly type: "signed_out" }
  | { readonly type: "connecting"; readonly attempt: number }
  | { readonly type: "open" }
  | {
      readonly type: "lost";
      /** On `performance.now()`'s clock. */
      readonly retryAtMs: number;
      readonly cause: string;
      /** Why the latest reconnect attempt failed, if for a different reason. */
      readonly lastTry: string | null;
    }
  | { readonly type: "ended"; readonly cause: string };

/** @param signedIn whether somebody was signed in when last asked. */
export function pageStateOf(state: ConnectionState, signedIn: boolean): PageState {
  switch (state.name) {
    case "idle":
      return { type: "checking" };
    case "connecting":
      return state.attempt === 0 && !signedIn ? { type: "checking" } : { type: "connecting", attempt: state.attempt };
    case "connected":
    // The connection counts until it is lost: a question that is under way is no news.
    case "checking":
      return { type: "open" };
    case "waiting":
      return lost(state);
    case "ended":
      return isSignedOut(state.loss) ? { type: "signed_out" } : { type: "ended", cause: endText(state.loss) };
  }
}

function lost({ retryAtMs, loss, lastTry, wasConnected }: Extract<ConnectionState, { name: "waiting" }>): PageState {
  const cause = wasConnected ? lossText(loss) : tryText(loss);
  const again = lastTry === null ? cause : tryText(lastTry);
  return { type: "lost", retryAtMs, cause, lastTry: again === cause ? null : again };
}

function isSignedOut(loss: Loss): boolean {
  return loss.cause === "closed" && loss.reason === "unauthorized";
}

/** Why a connection was lost. */
function lossText(loss: Loss): string {
  if (loss.cause === "silent") return "the server went silent";
  return reasonText(loss) ?? "the connection was lost";
}

/** Why a try to connect failed. */
function tryText(loss: Loss): string {
  if (loss.cause === "no_answer") return "the server does not answer";
  return reasonText(loss) ?? "the server cannot be reached";
}

function endText(loss: Loss): string {
  if (loss.cause === "left") return "this page left";
  return reasonText(loss) ?? `the server closed it${loss.cause === "closed" ? ` with code ${loss.code}` : ""}`;
}

function reasonText(loss: Loss): string | null {
  return loss.cause === "closed" && loss.reason !== null ? endReasons[loss.reason].text.toLowerCase() : null;
}
