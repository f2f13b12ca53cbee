/** Turning away: the client is told and closed, the refusal is counted, and nothing else happens. */

import type { RefusalCause } from "../ports/ledger.ts";
import type { SessionSocket } from "../ports/socket.ts";
import { type EndReason, endReasons } from "../protocol/endReason.ts";
import { retryDelayMs } from "../rules/retryDelay.ts";
import { transition } from "../rules/transition.ts";
import type { Engine } from "./engine.ts";
import { sayFarewell } from "./farewell.ts";
import type { SessionLink, SessionRecord } from "./record.ts";
import type { Refusal } from "./types.ts";

export interface RefusalRequest {
  readonly cause: RefusalCause;
  readonly reason: EndReason;
  readonly detail: string;
}

const TRY_LATER = 1_013;

/** Counts a refusal and says what to tell the client. */
export function makeRefusal(engine: Engine, { cause, reason, detail }: RefusalRequest): Refusal {
  engine.admission.refused(cause);
  const live = engine.registry.size;
  const retryAfterMs = retryDelayMs(reason, { live, random: engine.random.float() });
  return { cause, reason, closeCode: endReasons[reason].closeCode ?? TRY_LATER, detail, retryAfterMs };
}

/** What a connection counts as that is over for this reason before it was a session. */
export function refusalCauseOf(reason: EndReason): RefusalCause {
  switch (reason) {
    case "protocol_error":
      return "bad_hello";
    case "unauthorized":
    case "hello_timeout":
      return reason;
    case "server_shutdown":
      return "shutting_down";
    default:
      return "left_before_hello";
  }
}

/** Tells a socket that it is not welcome. */
export function turnAway(engine: Engine, socket: SessionSocket, refusal: Refusal): void {
  sayFarewell(engine.guard, socket, refusal);
}

/** Refuses a connection that has not become a session: tells it, closes it and forgets it. */
export function refuseOpening(engine: Engine, record: SessionRecord, request: RefusalRequest): Refusal {
  const refusal = makeRefusal(engine, request);
  forgetOpening(engine, record);
  const { state } = record;
  if (state.name === "opening") state.link.shut(() => turnAway(engine, state.link.socket, refusal));
  engine.log.info(`Refused a connection from ${record.peer.address}: ${request.detail}`, {
    cause: request.cause,
    code: refusal.closeCode,
  });
  return refusal;
}

/** Takes a connection that is not to become a session out of everything that knows it. */
export function forgetOpening(engine: Engine, record: SessionRecord): void {
  if (transition(record.state, { type: "refused" }, engine.settings.resumeGraceMs).to !== "dropped") return;
  engine.wheel.disarm(record);
  engine.registry.removeOpening(record);
  if (record.state.name === "opening") record.state.phase = "over";
  // What its socket reports from now on belongs to an older epoch.
  record.epoch += 1;
}

/** Refuses a connection whose hello was not right, whatever state it is in. */
export function refuseLink(engine: Engine, link: SessionLink, request: RefusalRequest): Refusal {
  const refusal = makeRefusal(engine, request);
  link.shut(() => turnAway(engine, link.socket, refusal));
  return refusal;
}
