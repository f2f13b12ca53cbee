/** The public surface of @lastbeat/trpc, name by name. */
export {
  applyWSSHandler,
  defaultLimits,
  type KeptContextFn,
  type KeptWSSHandler,
  type KeptWSSHandlerOptions,
  sessionOf,
} from "./applyWSSHandler.ts";
export type { HelloOptions, KeptContextOptions, SessionInfo } from "./connectionInfo.ts";
export { helloFromParams, resumeText } from "./helloFromParams.ts";
export type { IdLength } from "./link/messages.ts";
export type { TrpcLimits } from "./link/service.ts";
