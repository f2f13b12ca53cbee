/** The services that procedures, REST handlers and transports use. Assembled in `composeServices.ts`. */
import type { KeeperLog, SessionKeeper } from "@lastbeat/core";
import type { AdminAuth } from "./auth/adminAuth.ts";
import type { Audit } from "./auth/audit.ts";
import type { FailedAttempts } from "./auth/failedAttempts.ts";
import type { FirstLink } from "./auth/firstLink.ts";
import type { KnownBrowsers } from "./auth/knownBrowsers.ts";
import type { Oidc } from "./auth/oidc/oidc.ts";
import type { OperatorSessions } from "./auth/operatorSessions.ts";
import type { Operators } from "./auth/operators.ts";
import type { Passwords } from "./auth/passwords.ts";
import type { SignInLinks } from "./auth/signInLinks.ts";
import type { SignIns } from "./auth/signIns.ts";
import type { TokenFile } from "./auth/tokenFile.ts";
import type { Chat } from "./chat/chat.ts";
import type { DiskFloor } from "./chat/diskFloor.ts";
import type { Store } from "./ledger/store.ts";
import type { LiveWindows } from "./live/liveWindows.ts";
import type { LiveSessions } from "./liveSessions.ts";
import type { LogSettings } from "./log/logSettings.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { OverviewFeed } from "./overviewFeed.ts";
import type { TrustedProxies } from "./proxies/trustedProxies.ts";
import type { Readiness } from "./readiness.ts";
import type { SettingsService } from "./settings/settingsService.ts";
import type { SystemReport } from "./systemReport.ts";
import type { Traces } from "./telemetry/traces.ts";
import type { RefusalLog } from "./transports/refusalLog.ts";
import type { Users } from "./users/users.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";

export interface Services {
  readonly keeper: SessionKeeper;
  readonly store: Store;
  readonly readiness: Readiness;
  readonly auth: AdminAuth;
  /** Failed sign-ins by address: links, tokens, passwords. */
  readonly attempts: FailedAttempts;
  /** Failed sign-ins by the operator's name, from wherever. */
  readonly attemptsByName: FailedAttempts;
  readonly knownBrowsers: KnownBrowsers;
  readonly tokens: TokenFile;
  readonly signIns: SignIns;
  readonly operators: Operators;
  readonly passwords: Passwords;
  readonly links: SignInLinks;
  /** `null` unless an OpenID provider is configured. */
  readonly oidc: Oidc | null;
  readonly firstLink: FirstLink;
  readonly audit: Audit;
  readonly operatorSessions: OperatorSessions;
  /** Whether programs on this machine may read over REST without a token. */
  readonly localReads: boolean;
  /** Path at which a proxy serves Lastbeat, such as `/chat`; empty for the root. */
  readonly basePath: string;
  /** Determines where requests come from. */
  readonly proxies: TrustedProxies;
  /** Whether the chat offers its connection lab. */
  readonly lab: boolean;
  readonly users: Users;
  readonly chat: Chat;
  readonly diskFloor: DiskFloor;
  readonly live: LiveSessions;
  readonly windows: LiveWindows;
  readonly settings: SettingsService;
  readonly overviewFeed: OverviewFeed;
  readonly system: SystemReport;
  readonly metrics: Metrics;
  /** `null` unless OpenTelemetry is asked for. */
  readonly traces: Traces | null;
  readonly webhooks: Webhooks;
  /** The wall clock in epoch milliseconds. */
  readonly now: () => number;
  readonly log: KeeperLog;
  readonly logSettings: LogSettings;
  /** Rate-limited log for refusals that any stranger can trigger at will. */
  readonly refusals: RefusalLog;
}
