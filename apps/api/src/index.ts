/** Types for the web apps. Nothing here exists at run time. */

export type * from "./contract/audit.ts";
export type * from "./contract/endQuery.ts";
export type * from "./contract/liveWindow.ts";
export type * from "./contract/logLevel.ts";
export type * from "./contract/oidc.ts";
export type * from "./contract/operators.ts";
export type * from "./contract/push.ts";
export type * from "./contract/replies.ts";
export type * from "./contract/rights.ts";
export type * from "./contract/systemView.ts";
export type * from "./contract/timeline.ts";
export type * from "./contract/tokens.ts";
export type * from "./contract/views.ts";
export type * from "./contract/webhookViews.ts";
export type { AppRouter } from "./routers/index.ts";
