/** A dial whose other end is the test: it welcomes at once, or when it is told to. */
import type { OpenReply } from "@lastbeat/api";
import type { ClientLinkListener, Dial, ResumeTicket } from "@lastbeat/core/client";
import type { DialEvents } from "@lastbeat/web/trpcDial";
import type { AdminApi } from "../adminApi.ts";

export class StagedLink {
  readonly ticket: ResumeTicket | null;
  probes = 0;
  abandoned = false;
  readonly #events: DialEvents;
  readonly #listener: ClientLinkListener;

  constructor(events: DialEvents, ticket: ResumeTicket | null, listener: ClientLinkListener) {
    this.#events = events;
    this.ticket = ticket;
    this.#listener = listener;
  }

  welcome(api: AdminApi, over: Partial<OpenReply> = {}): void {
    const reply = { ...openReply, ...over };
    this.#listener.welcomed(reply);
    this.#events.welcomed(api as Parameters<DialEvents["welcomed"]>[0], reply);
  }

  push(event: Parameters<DialEvents["pushed"]>[0]): void {
    this.#listener.heard();
    if (event.type === "terms" || event.type === "ending") this.#listener.noticed(event);
    this.#events.pushed(event);
  }

  heard(): void {
    this.#listener.heard();
  }

  close(code: number, reason = ""): void {
    this.#events.lost();
    this.#listener.closed(code, reason);
  }
}

const openReply: OpenReply = {
  sessionId: "session_1",
  resumeToken: "token-1",
  resumed: false,
  resumeGraceMs: 0,
  heartbeat: { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 3, boundMs: 90_100 },
  idle: { timeoutMs: 180_000, warningMs: 30_000 },
  settingsRevision: 1,
  serverTimeMs: Date.UTC(2026, 0, 15, 12, 0, 0),
  room: null,
  lab: false,
};

/** @param opened is given each link as it is dialled. */
export function stagedDial(opened: (link: StagedLink) => void): (events: DialEvents) => Dial {
  return (events) => (ticket, listener) => {
    const link = new StagedLink(events, ticket, listener);
    opened(link);
    return {
      probe: () => {
        link.probes += 1;
      },
      abandon: () => {
        link.abandoned = true;
        events.lost();
      },
    };
  };
}
