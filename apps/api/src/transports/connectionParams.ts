/**
 * Parses `connectionParams`, which the stock tRPC client sends first on every connect. With a `name`, or a `token` where it says who the
 * user is, they are a hello (rule CLT3). Fields that do not belong to a hello are the embedding application's own and are passed on to the
 * call context.
 */
import { z } from "zod";
import { badInput } from "../contract/checked.ts";
import { type OpenInput, openInput, resumeInput } from "../contract/inputs.ts";
import { expectedGotSecret, expectedSecret } from "../contract/validation.ts";

/** tRPC's type for the params allows only strings, so there a resume is written as its two parts joined by a dot. */
const resumeText = z.string().transform((text, context) => {
  const [sessionId = "", token = "", ...more] = text.split(".");
  if (token !== "" && more.length === 0) return { sessionId, token };
  context.addIssue({ code: "custom" });
  return z.NEVER;
});

const helloParams = openInput.extend({
  resume: z.union([resumeInput, resumeText.pipe(resumeInput)], { error: expectedSecret("<session id>.<token>") }).optional(),
});

export type ConnectionParams = Readonly<Record<string, string>>;

export type ReadParams =
  | { readonly ok: true; readonly hello: OpenInput | null; readonly others: ConnectionParams | null }
  | { readonly ok: false; readonly detail: string };

/** The values may be the application's secrets. */
const others = z.record(z.string().max(100), z.string({ error: expectedSecret("a string") }));

/** The name in a hello that has none. Whoever vouches for the user says the real one. */
const NAMELESS = "anonymous";

/** @param vouched whether users are known by a token (`users.mode` is not `guest`). */
export function readConnectionParams(data: unknown, { vouched }: { readonly vouched: boolean }): ReadParams {
  if (data === null || data === undefined) return { ok: true, hello: null, others: null };
  if (typeof data !== "object" || Array.isArray(data))
    return { ok: false, detail: `connectionParams: ${expectedGotSecret("an object", data)}` };
  const { hello, rest } = split(data as Readonly<Record<string, unknown>>, vouched);
  const own = others.safeParse(rest);
  if (!own.success) return { ok: false, detail: `bad connectionParams: ${badInput(own.error, "connectionParams").message}` };
  const kept = Object.keys(rest).length === 0 ? null : own.data;
  if (hello === null) return { ok: true, hello, others: kept };
  const read = helloParams.safeParse(hello);
  if (!read.success) return { ok: false, detail: `bad hello: ${badInput(read.error, "connectionParams").message}` };
  return { ok: true, hello: read.data, others: kept };
}

/** If they are no hello, all fields are the application's. */
function split(data: Readonly<Record<string, unknown>>, vouched: boolean) {
  const isHello = data.name !== undefined || (vouched && data.token !== undefined);
  if (!isHello) return { hello: null, rest: data };
  const hello: Record<string, unknown> = { name: NAMELESS };
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) (Object.hasOwn(helloParams.shape, name) ? hello : rest)[name] = value;
  return { hello, rest };
}
