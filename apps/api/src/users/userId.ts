/** The id of a user as an application says it: long enough for any identity provider, short enough for an index. */
import { z } from "zod";

export const userIdText = z.string().min(1).max(200);
