/** Refusals: the client is notified and its socket closed, and the refusal is counted. Nothing else happens. */

import type { RefusalCause } from "../ports/ledger.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { type EndReason, endReasons } from "../protocol/endReason.ts";
import { retryDelayMs } from "../rules/retryDelay.ts";
import { transition } from "../rules/transition.ts";
import type { Engine } from "./engine.ts";
import { sendFarewell } from "./farewell.ts";
import type { SessionLink, SessionRecord } from "./record.ts";
import type { Refusal } from "./types.ts";

export interface RefusalRequest {
  readonly cause: RefusalCause;
  readonly reason: EndReason;
  readonly detail: string;
}

const TRY_LATER = 1_013;

/** Counts a refusal and builds what to tell the client. */
export function makeRefusal(engine: Engine, { cause, reason, detail }: RefusalRequest): Refusal {
  engine.admission.refused(cause);
  const live = engine.registry.size;
  const retryAfterMs = retryDelayMs(reason, { live, random: engine.random.float() });
  return { cause, reason, closeCode: endReasons[reason].closeCode ?? TRY_LATER, detail, retryAfterMs };
}

/** The refusal cause for a connection that was lost for `reason` before it became a session. */
export function refusalCauseOf(reason: EndReason): RefusalCause {
  switch (reason) {
    case "protocol_error":
      return "bad_hello";
    case "unauthorized":
    case "hello_timeout":
      return reason;
    case "server_full":
      return "identity";
    case "server_shutdown":
      return "shutting_down";
    default:
      return "left_before_hello";
  }
}

/** Refuses a socket that got no connection: notifies and closes it, and drops it 2 s later if it is still open (rule SES6). */
export function refuseSocket(engine: Engine, socket: SessionSocket, request: RefusalRequest): void {
  rejectSocket(engine, socket, makeRefusal(engine, request));
  engine.closingSockets.add(engine.observed.nowMs, () => void engine.guard.run("socket.terminate", () => socket.terminate()));
}

/** Notifies a socket of its refusal and closes it. */
function rejectSocket(engine: Engine, socket: SessionSocket, refusal: Refusal): void {
  sendFarewell(engine.guard, socket, refusal);
}

/** Refuses a connection that has not become a session: notifies, closes and removes it. */
export function refuseOpening(engine: Engine, record: SessionRecord, request: RefusalRequest): Refusal {
  const refusal = makeRefusal(engine, request);
  forgetOpening(engine, record);
  const { state } = record;
  if (state.name === "opening") state.link.shut(() => rejectSocket(engine, state.link.socket, refusal));
  engine.log.info(`Refused a connection from ${record.peer.address}: ${request.detail}`, {
    cause: request.cause,
    code: refusal.closeCode,
  });
  return refusal;
}

/** Removes a connection that will not become a session from the wheel and the registry. */
export function forgetOpening(engine: Engine, record: SessionRecord): void {
  if (transition(record.state, { type: "refused" }, engine.settings.resumeGraceMs).to !== "dropped") return;
  engine.wheel.disarm(record);
  engine.registry.removeOpening(record);
  if (record.state.name === "opening") record.state.phase = "over";
  // Later reports from its socket then belong to an older epoch and are ignored.
  record.epoch += 1;
}

/** Refuses a connection, whatever the state of its session. */
export function refuseLink(engine: Engine, link: SessionLink, request: RefusalRequest): Refusal {
  const refusal = makeRefusal(engine, request);
  link.shut(() => rejectSocket(engine, link.socket, refusal));
  return refusal;
}
