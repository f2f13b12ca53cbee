/** All procedures. Clients import only the type `AppRouter`. */
import { auditRouter } from "./audit.ts";
import { authRouter } from "./auth.ts";
import { chatRouter } from "./chat.ts";
import { endsRouter } from "./ends.ts";
import { labRouter } from "./lab.ts";
import { accountRouter, operatorsRouter } from "./operators.ts";
import { sessionRouter } from "./session.ts";
import { sessionsRouter } from "./sessions.ts";
import { settingsRouter } from "./settings.ts";
import { systemRouter } from "./system.ts";
import { tokensRouter } from "./tokens.ts";
import { router } from "./trpc.ts";
import { webhooksRouter } from "./webhooks.ts";

export const appRouter = router({
  account: accountRouter,
  audit: auditRouter,
  auth: authRouter,
  chat: chatRouter,
  ends: endsRouter,
  lab: labRouter,
  operators: operatorsRouter,
  session: sessionRouter,
  sessions: sessionsRouter,
  settings: settingsRouter,
  system: systemRouter,
  tokens: tokensRouter,
  webhooks: webhooksRouter,
});

export type AppRouter = typeof appRouter;
