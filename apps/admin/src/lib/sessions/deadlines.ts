/** A session's deadlines in the words of the page. Pure. */
import type { DeadlineView } from "@lastbeat/api";

const kinds: Readonly<Record<string, { readonly label: string; readonly effect: string }>> = {
  hello: { label: "Hello", effect: "without a hello it ends as hello_timeout" },
  heartbeat: { label: "Next heartbeat", effect: "the server asks for a sign of life" },
  pong: { label: "Answer", effect: "without an answer it counts a miss" },
  idle_warning: { label: "Idle warning", effect: "the user is asked whether they are still there" },
  idle: { label: "Idle", effect: "without activity it ends as idle" },
  grace: { label: "Resume grace", effect: "unless the client comes back it ends" },
  lifetime: { label: "Lifetime", effect: "it ends as lifetime_reached" },
  stuck_ending: { label: "Clean-up", effect: "what is not released by then is given up and recorded" },
};

export interface DeadlineRow {
  readonly kind: string;
  readonly label: string;
  readonly effect: string;
  readonly movedBy: string;
  /** Counted down since the answer arrived; never below zero. */
  readonly leftMs: number;
}

/** The deadlines, the next one first. */
export function deadlineRows(deadlines: readonly DeadlineView[], sinceMs: number): DeadlineRow[] {
  return deadlines
    .map(({ kind, dueInMs, movedBy }) => {
      const { label, effect } = kinds[kind] ?? { label: kind.replaceAll("_", " "), effect: "" };
      return { kind, label, effect, movedBy, leftMs: Math.max(0, dueInMs - sinceMs) };
    })
    .sort((a, b) => a.leftMs - b.leftMs);
}
