/** The key `webhooks` (rule WHK8): its schema, its messages, and the secrets that stand in files of their own. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { endReasonNames, tiers } from "@lastbeat/core/reasons";
import { z } from "zod";
import { failure } from "../contract/errors.ts";
import { expected, expectedGotSecret, expectedSecret, issuesOf, summaryOf } from "../contract/validation.ts";
import { isLoopback } from "../transports/peer.ts";
import { shownUrl, type Webhook } from "../webhooks/webhook.ts";
import type { ServerField } from "./serverField.ts";

const MAX_WEBHOOKS = 20;
const MIN_SECRET = 16;
const SECRET = `a secret of at least ${MIN_SECRET} characters`;

const one = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, { error: expected("a name of up to 40 lower-case letters, digits, - and _") }),
    url: z.string(),
    secret: z
      .string({ error: expectedSecret(SECRET) })
      .min(MIN_SECRET, { error: expectedSecret(SECRET) })
      .optional(),
    secret_file: z.string().min(1).optional(),
    allow_http: z.boolean().default(false),
    tiers: z.array(z.enum(tiers)).min(1).optional(),
    reasons: z.array(z.enum(endReasonNames)).min(1).optional(),
    kinds: z
      .array(z.enum(["user", "admin"]))
      .min(1)
      .default(["user"]),
  })
  .superRefine(({ url, allow_http, secret, secret_file }, context) => {
    const wrong = urlProblem(url, allow_http);
    if (wrong !== null) context.addIssue({ code: "custom", path: ["url"], message: wrong });
    if ((secret === undefined) === (secret_file === undefined))
      context.addIssue({ code: "custom", path: ["secret"], message: "expected either secret or secret_file" });
  });

const listSchema = z
  .array(one)
  .max(MAX_WEBHOOKS)
  .superRefine((list, context) => {
    for (const [at, { name }] of list.entries()) {
      if (list.findIndex((other) => other.name === name) < at)
        context.addIssue({ code: "custom", path: [at, "name"], message: "another webhook has this name" });
    }
  });

export type WrittenWebhook = z.infer<typeof one>;

/** Never contains the URL's path or query: they may be secret. */
function urlProblem(written: string, allowHttp: boolean): string | null {
  if (!URL.canParse(written)) return expectedGotSecret("an https URL", written);
  const { protocol, hostname, username, password, hash } = new URL(written);
  if (username !== "" || password !== "") return "expected a URL without user name and password; the signature says who posts";
  if (hash !== "") return "expected a URL without #";
  const mayBePlain = allowHttp || isThisMachine(hostname);
  if (protocol === "https:" || (protocol === "http:" && mayBePlain)) return null;
  const otherwise = protocol === "http:" ? "; http is for this machine, or for a network of your own with allow_http: true" : "";
  return `expected an https URL, got one that begins with ${protocol.slice(0, 20)}${otherwise}`;
}

function isThisMachine(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  return hostname === "localhost" || (isIP(address) !== 0 && isLoopback(address));
}

export const webhookList: ServerField<readonly WrittenWebhook[]> = {
  path: "webhooks",
  default: [],
  expected: "a list of webhooks",
  read: (written) => listSchema.safeParse(written).data,
  problem(written) {
    const { error } = listSchema.safeParse(written);
    if (error === undefined) return undefined;
    // `0.url` is the URL of the first.
    const issues = issuesOf(error, "").map(({ field, message }) => ({ field: field.replace(/^\d+/, nth), message }));
    return summaryOf(issues).replace(/^: /, "");
  },
  shown: (written) => listSchema.parse(written).map(({ name, url }) => `${name} (${shownUrl(url)})`),
  fromText: jsonOrText,
};

const nth = (index: string) => `number ${Number(index) + 1}`;

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The webhooks with their secrets. Paths of secrets start at `root`.
 * @throws {LastbeatError} `invalid_config` if a secret cannot be read.
 */
export function webhooksOf(list: readonly WrittenWebhook[], root: string): readonly Webhook[] {
  return list.map(({ name, url, secret, secret_file = "", tiers: only = null, reasons = null, kinds }) => {
    return { name, url, secret: secret ?? readSecret(name, resolve(root, secret_file)), tiers: only, reasons, kinds };
  });
}

function readSecret(name: string, file: string): string {
  const text = textOf(name, file);
  if (text.length < MIN_SECRET) throw unusable(name, `${file}: ${expectedGotSecret(SECRET, text)}`);
  return text;
}

function textOf(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (thrown) {
    throw unusable(name, `cannot read ${file} (${(thrown as NodeJS.ErrnoException).code ?? String(thrown)})`);
  }
}

function unusable(name: string, cause: string): Error {
  return failure("invalid_config", `webhooks: ${name}, secret_file: ${cause}`);
}
