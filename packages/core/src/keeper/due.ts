/** The single entry point for everything that can fall due, used by both the wheel and the sweep. */

import { decideTimeout } from "../rules/timeouts.ts";
import { heartbeatDue, keepOpen } from "./beats.ts";
import { type Engine, rearm } from "./engine.ts";
import { warnIdle } from "./idle.ts";
import { end, graceOver, lose } from "./lifecycle.ts";
import type { Active, SessionRecord } from "./record.ts";

/** Does whatever is due for a session now and arms the wheel for the next deadline. A no-op when nothing is due. */
export function handleDue(engine: Engine, record: SessionRecord): void {
  timeoutDue(engine, record);
  if (record.state.name === "active") heartbeatDue(engine, record, record.state);
  if (record.state.name === "active") keepOpen(engine, record, record.state);
  rearm(engine, record);
}

function timeoutDue(engine: Engine, record: SessionRecord): void {
  const { settings, observed } = engine;
  const nowMs = observed.nowMs;
  switch (decideTimeout(record, nowMs, settings)) {
    case "none":
      return;
    case "hello_timeout":
      return helloTimeout(engine, record);
    case "warn_idle":
      return warnIdle(engine, record, record.state as Active);
    case "idle": {
      const detail = `no activity for ${(nowMs - record.activeMs) / 1000} s; the client still answered`;
      void end(engine, record, { reason: "idle", detail, causeMs: record.activeMs });
      return;
    }
    case "lifetime_reached": {
      const detail = `open for ${(nowMs - record.openedMs) / 1000} s`;
      void end(engine, record, { reason: "lifetime_reached", detail, causeMs: record.openedMs });
      return;
    }
    case "grace_over":
      return graceOver(engine, record);
    case "stuck_ending":
      engine.log.warn(`Session ${record.id} is still ending`, {
        reason: record.state.name === "ending" ? record.state.cause.reason : "",
      });
  }
}

/** The absolute deadline before the welcome (rule SES4). While the opening is being recorded, the delay is the server's fault. */
function helloTimeout(engine: Engine, record: SessionRecord): void {
  if (record.state.name !== "opening") return;
  if (record.state.phase === "recording") {
    const detail = `the ledger did not record the opening within ${engine.settings.helloTimeoutMs / 1000} s`;
    void end(engine, record, { reason: "server_full", detail, causeMs: engine.observed.nowMs });
    return;
  }
  const detail = `no hello within ${engine.settings.helloTimeoutMs / 1000} s`;
  lose(engine, record, { reason: "hello_timeout", detail, causeMs: engine.observed.nowMs });
}
