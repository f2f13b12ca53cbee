/** The pages in the navigation. */
import Activity from "@lucide/svelte/icons/activity";
import History from "@lucide/svelte/icons/history";
import KeyRound from "@lucide/svelte/icons/key-round";
import Server from "@lucide/svelte/icons/server";
import SlidersHorizontal from "@lucide/svelte/icons/sliders-horizontal";
import Users from "@lucide/svelte/icons/users";

export const pages = [
  { path: "/", label: "Overview", icon: Activity },
  { path: "/sessions", label: "Sessions", icon: Users },
  { path: "/history", label: "History", icon: History },
  { path: "/settings", label: "Settings", icon: SlidersHorizontal },
  { path: "/system", label: "System", icon: Server },
  { path: "/operators", label: "Operators", icon: KeyRound },
] as const;
