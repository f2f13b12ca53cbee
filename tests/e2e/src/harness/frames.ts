/** What passes on a page's WebSockets. */
import type { Page } from "playwright-core";

export interface Frame {
  readonly atMs: number;
  readonly text: string;
}

export interface Watched {
  readonly received: readonly Frame[];
  readonly sent: readonly Frame[];
  /** How many sockets it has opened. */
  opened(): number;
}

/** Every frame from now on. */
export function watchSockets(page: Page): Watched {
  const received: Frame[] = [];
  const sent: Frame[] = [];
  let sockets = 0;
  page.on("websocket", (socket) => {
    sockets += 1;
    socket.on("framereceived", ({ payload }) => received.push({ atMs: Date.now(), text: payload.toString() }));
    socket.on("framesent", ({ payload }) => sent.push({ atMs: Date.now(), text: payload.toString() }));
  });
  return { received, sent, opened: () => sockets };
}
