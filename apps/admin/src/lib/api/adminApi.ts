/** The part of the server's procedures that this page calls. A test can stand in for it. */
import type { AppRouter } from "@lastbeat/api";
import type { TRPCClient } from "@trpc/client";

export type AdminApi = Pick<
  TRPCClient<AppRouter>,
  "account" | "audit" | "ends" | "operators" | "session" | "sessions" | "settings" | "system" | "tokens" | "webhooks"
>;

/** The part of the live table that a page asks for. */
export type WindowQuery = Parameters<AdminApi["sessions"]["window"]["subscribe"]>[0];
export type EndsQuery = Parameters<AdminApi["ends"]["list"]["query"]>[0];
/** Values of settings in the unit in which people write them. */
export type WrittenSettings = Parameters<AdminApi["settings"]["save"]["mutate"]>[0]["values"];
