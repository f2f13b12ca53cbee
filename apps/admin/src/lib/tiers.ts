/** Label, icon and colour of each tier. */
import type { Tier } from "@lastbeat/core";
import HeartPulse from "@lucide/svelte/icons/heart-pulse";
import Hourglass from "@lucide/svelte/icons/hourglass";
import MemoryStick from "@lucide/svelte/icons/memory-stick";
import RotateCcw from "@lucide/svelte/icons/rotate-ccw";
import Server from "@lucide/svelte/icons/server";
import Unplug from "@lucide/svelte/icons/unplug";
import UserRoundX from "@lucide/svelte/icons/user-round-x";

export interface TierLook {
  readonly label: string;
  readonly meaning: string;
  readonly icon: typeof HeartPulse;
  /** A CSS colour of the theme. */
  readonly color: string;
}

export const tierLooks: Readonly<Record<Tier, TierLook>> = {
  socket: { label: "Socket", meaning: "Tier 1: the connection closed", icon: Unplug, color: "var(--tier-socket)" },
  heartbeat: { label: "Heartbeat", meaning: "Tier 2: heartbeats unanswered", icon: HeartPulse, color: "var(--tier-heartbeat)" },
  timeout: { label: "Timeout", meaning: "Tier 3: a deadline passed", icon: Hourglass, color: "var(--tier-timeout)" },
  memory: { label: "Memory", meaning: "Tier 4: memory ran short", icon: MemoryStick, color: "var(--tier-memory)" },
  operator: { label: "Operator", meaning: "Ended by a person", icon: UserRoundX, color: "var(--tier-operator)" },
  server: { label: "Server", meaning: "Stopped, full or ended by the application", icon: Server, color: "var(--tier-server)" },
  recovery: { label: "Recovery", meaning: "Found open after a crash", icon: RotateCcw, color: "var(--tier-recovery)" },
};
