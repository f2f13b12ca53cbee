/** The log's level: what may be asked and answered about it (rule LOG3). */
import { z } from "zod";
import { type LogFormat, type LogLevel, logFormats, logLevels } from "../log/line.ts";

export const logLevelInput = z.strictObject({ level: z.enum(logLevels) });

export interface LogView {
  readonly level: LogLevel;
  /** The level that the next start has. */
  readonly configured: LogLevel;
  readonly format: LogFormat;
  readonly file: string;
}

export const logViewSchema = z.strictObject({
  level: z.enum(logLevels),
  configured: z.enum(logLevels).describe("the level that the next start has"),
  format: z.enum(logFormats),
  file: z.string(),
}) satisfies z.ZodType<LogView>;
