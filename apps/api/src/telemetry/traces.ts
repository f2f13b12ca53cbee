/**
 * What is traced (rule TEL2): each opening, each end, each commit of the ledger and each REST request. Spans are made when they are over, so
 * that nothing is kept of one that goes on.
 */
import type { SessionKeeper } from "@lastbeat/core";
import type { Attributes, SpanStatusCode, Tracer } from "@opentelemetry/api";
import type { Middleware } from "koa";
import type { Store } from "../ledger/store.ts";

export interface FinishedSpan {
  readonly name: string;
  /** Wall clock, epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Why it failed; `null` if it did not. */
  readonly failure?: string | null;
  /** Never a user's name, an address or what somebody wrote: traces leave the machine. */
  readonly attributes: Attributes;
}

const ERROR: SpanStatusCode.ERROR = 2;

export class Traces {
  readonly #tracer: Tracer;
  readonly #now: () => number;
  readonly #close: () => Promise<void>;

  constructor(tracer: Tracer, close: () => Promise<void>, now: () => number = Date.now) {
    this.#tracer = tracer;
    this.#close = close;
    this.#now = now;
  }

  write({ name, startMs, endMs, failure = null, attributes }: FinishedSpan): void {
    // A clock that was set back must not give a span of negative length.
    const span = this.#tracer.startSpan(name, { startTime: Math.min(startMs, endMs), attributes });
    if (failure !== null) span.setStatus({ code: ERROR, message: failure });
    span.end(endMs);
  }

  watchSessions(keeper: SessionKeeper): void {
    keeper.on("opened", ({ session }) => {
      const { id, kind, peer, openedAtMs } = session;
      const attributes = { "session.id": id, "lastbeat.session.kind": kind, "lastbeat.transport": peer.transport };
      this.write({ name: "session open", startMs: openedAtMs, endMs: this.#now(), attributes });
    });
    keeper.on("ended", ({ end }) => {
      const { sessionId, reason, tier, detectedAtMs, detectionMs, boundMs, lateCause, cleanup } = end;
      const attributes: Attributes = {
        "session.id": sessionId,
        "lastbeat.end.reason": reason,
        "lastbeat.end.tier": tier,
        "lastbeat.end.detection_ms": detectionMs,
        ...(boundMs === null ? {} : { "lastbeat.end.bound_ms": boundMs }),
        ...(lateCause === null ? {} : { "lastbeat.end.late_cause": lateCause }),
      };
      const failure = cleanup === "complete" ? null : "not everything was released";
      this.write({ name: "session end", startMs: detectedAtMs, endMs: this.#now(), failure, attributes });
    });
  }

  watchCommits(store: Pick<Store, "onCommit">): void {
    store.onCommit(({ records, durationMs, failure }) => {
      const endMs = this.#now();
      const attributes = { "db.system.name": "sqlite", "db.operation.batch.size": records };
      this.write({ name: "ledger commit", startMs: endMs - durationMs, endMs, failure, attributes });
    });
  }

  /** Traces requests to `/api`. */
  requests(): Middleware {
    return async (ctx, next) => {
      if (!ctx.path.startsWith("/api/")) return next();
      const startMs = this.#now();
      await next();
      const { _matchedRoute: route, method, status } = ctx as typeof ctx & { readonly _matchedRoute?: unknown };
      const shown = typeof route === "string" ? route : "/api";
      this.write({
        name: `${method} ${shown}`,
        startMs,
        endMs: this.#now(),
        failure: status >= 500 ? String(status) : null,
        attributes: { "http.request.method": method, "http.route": shown, "http.response.status_code": status },
      });
    };
  }

  /** Sends what waits, for a limited time. */
  close(): Promise<void> {
    return this.#close();
  }
}
